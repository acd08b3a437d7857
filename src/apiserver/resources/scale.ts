import type { Deployment } from '../../api/apps/v1/deployment.ts'
import type { Scale } from '../../api/autoscaling/v1/scale.ts'
import type { ReplicationController } from '../../api/core/v1/replication-controller.ts'
import { formatSelector, selectorFrom, selectorFromLabels } from '../../apimachinery/labels.ts'
import { scaleVerbs } from '../pipeline/scale-verbs.ts'
import type { ApiObject } from '../registry/api-object.ts'

/** A workload whose size can be read and set by itself. */
type Scalable = Deployment | ReplicationController

/** The `scale` subresource of workloads. */
export const workloadScaleVerbs = scaleVerbs({
  sizeOf(object) {
    const { spec, status } = object as unknown as Scalable
    const selector = selectorText(object)
    return {
      spec: spec.replicas ? { replicas: spec.replicas } : {},
      status: { replicas: status.replicas ?? 0, ...(selector !== '' && { selector }) },
    } as Scale
  },
  withReplicas: (object, replicas) => ({
    ...object,
    spec: { ...(object['spec'] as object), replicas },
  }),
})

function selectorText({ kind, spec }: ApiObject): string {
  const { selector } = spec as Scalable['spec']
  return kind === 'ReplicationController'
    ? formatSelector(selectorFromLabels(selector as ReplicationController['spec']['selector']))
    : formatSelector(selectorFrom(selector))
}
