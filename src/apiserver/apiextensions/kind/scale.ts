import type { CustomResourceSubresourceScale } from '../../../api/apiextensions/v1/common.ts'
import type { Scale } from '../../../api/autoscaling/v1/scale.ts'
import { scaleVerbs } from '../../pipeline/scale-verbs.ts'
import type { Verbs } from '../../pipeline/subresources.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import { isObject } from '../schema/schema.ts'
import { fieldsOf, valueAtPath } from './scale-fields.ts'

/** The `scale` subresource of a custom resource, whose definition says where its fields are. */
export function customScaleVerbs(paths: CustomResourceSubresourceScale): Verbs {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = paths
  return scaleVerbs({
    missing: (object) =>
      valueAtPath(object, specReplicasPath) === undefined ? specReplicasPath : undefined,
    sizeOf(object) {
      const replicas = valueAtPath(object, specReplicasPath)
      const current = valueAtPath(object, statusReplicasPath)
      const selector = labelSelectorPath && valueAtPath(object, labelSelectorPath)
      return {
        spec: replicas ? { replicas } : {},
        status: { replicas: current ?? 0, ...(selector ? { selector } : {}) },
      } as Scale
    },
    withReplicas: (object, replicas) =>
      withValue(object, fieldsOf(specReplicasPath), replicas) as ApiObject,
  })
}

function withValue(object: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value
  const fields = isObject(object) ? object : {}
  return { ...fields, [name]: withValue(fields[name], rest, value) }
}
