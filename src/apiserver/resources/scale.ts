import type { Deployment } from '../../api/apps/v1/deployment.ts'
import { Scale } from '../../api/autoscaling/v1/scale.ts'
import type { ReplicationController } from '../../api/core/v1/replication-controller.ts'
import { messageSchema } from '../../apimachinery/body-schema.ts'
import { formatSelector, selectorFrom, selectorFromLabels } from '../../apimachinery/labels.ts'
import type { JsonObject } from '../../apimachinery/patch/json-object.ts'
import { badRequest, invalid } from '../../apimachinery/status-error.ts'
import { invalid as invalidField } from '../../schema/field-error.ts'
import { withDefaults } from '../../schema/defaults.ts'
import type { Answer, Call } from '../pipeline/call.ts'
import type { VerbHandler } from '../pipeline/dispatch.ts'
import type { PipelineEnvironment } from '../pipeline/environment.ts'
import { checkPatchOptions } from '../pipeline/patch-options.ts'
import { patchOf } from '../pipeline/patch-verb.ts'
import { readBody } from '../pipeline/read-body.ts'
import { mainStrategy } from '../pipeline/write-verbs.ts'
import { writeContext } from '../pipeline/write-request.ts'
import { withMetadata, type ApiObject } from '../registry/api-object.ts'
import { getObject } from '../registry/get.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import { updateObject } from '../registry/update.ts'

/** A workload whose size can be read and set by itself. */
type Scalable = Deployment | ReplicationController

const KIND = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
const SCHEMA = messageSchema(Scale, KIND)

const get: VerbHandler = async (kind, { request }) => {
  const { namespace = '', name = '', options } = request
  const stored = await getObject(kind.resource, namespace, name, options?.resourceVersion)
  return { type: 'value', code: 200, value: scaleOf(stored.object), message: Scale }
}

const update: VerbHandler = (kind, call, env) => {
  const scale = withDefaults(Scale, readBody(SCHEMA, call) as unknown as Scale)
  const { name = '' } = scale.metadata
  if (name !== '' && name !== call.request.name) {
    throw badRequest(
      `the name of the object (${name}) does not match the name on the URL (${call.request.name})`,
    )
  }
  return setScale(kind, call, env, () => scale)
}

const patch: VerbHandler = (kind, call, env) => {
  checkPatchOptions(call)
  const apply = patchOf(SCHEMA, call)
  return setScale(kind, call, env, (current) => {
    const { object, warnings } = apply(current as unknown as JsonObject)
    for (const warning of warnings) call.warn(warning)
    return withDefaults(Scale, object as unknown as Scale)
  })
}

/** The `scale` subresource of workloads. */
export const scaleVerbs = { get, update, patch }

async function setScale(
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  change: (current: Scale) => Scale,
): Promise<Answer> {
  const { object } = await updateObject(
    kind.resource,
    {
      name: call.request.name ?? '',
      strategy: mainStrategy(kind),
      change: (current) => withScale(current!, change(scaleOf(current!))),
      unconditional: true,
    },
    writeContext(kind, call, env),
  )
  return { type: 'value', code: 200, value: scaleOf(object.object), message: Scale }
}

function scaleOf(object: ApiObject): Scale {
  const { metadata, spec, status } = object as unknown as Scalable
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata
  const selector = selectorText(object)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: spec.replicas ? { replicas: spec.replicas } : {},
    status: { replicas: status.replicas ?? 0, ...(selector !== '' && { selector }) },
  } as Scale
}

function selectorText({ kind, spec }: ApiObject): string {
  const { selector } = spec as Scalable['spec']
  return kind === 'ReplicationController'
    ? formatSelector(selectorFromLabels(selector as ReplicationController['spec']['selector']))
    : formatSelector(selectorFrom(selector))
}

function withScale(object: ApiObject, { metadata, spec }: Scale): ApiObject {
  const { replicas } = spec
  const { uid, resourceVersion } = metadata
  if (replicas < 0) {
    const text = 'must be greater than or equal to 0'
    throw invalid(KIND, object.metadata.name ?? '', [invalidField('spec.replicas', replicas, text)])
  }
  const placed = withMetadata(object, {
    ...(uid !== undefined && { uid }),
    // A version that the client names must still be the newest.
    ...(resourceVersion !== undefined && { resourceVersion }),
  })
  return { ...placed, spec: { ...(object['spec'] as object), replicas } }
}
