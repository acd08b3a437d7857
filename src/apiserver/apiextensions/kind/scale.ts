import type { CustomResourceSubresourceScale } from '../../../api/apiextensions/v1/common.ts'
import { Scale } from '../../../api/autoscaling/v1/scale.ts'
import { messageSchema } from '../../../apimachinery/body-schema.ts'
import type { JsonObject } from '../../../apimachinery/patch/json-object.ts'
import { badRequest, internalError, invalid } from '../../../apimachinery/status-error.ts'
import { withDefaults } from '../../../schema/defaults.ts'
import { invalid as invalidField } from '../../../schema/field-error.ts'
import type { Answer, Call } from '../../pipeline/call.ts'
import type { VerbHandler } from '../../pipeline/dispatch.ts'
import type { PipelineEnvironment } from '../../pipeline/environment.ts'
import { changeBy, trackFields } from '../../pipeline/field-manager.ts'
import { checkPatchOptions } from '../../pipeline/patch-options.ts'
import { patchOf } from '../../pipeline/patch-verb.ts'
import { readBody } from '../../pipeline/read-body.ts'
import type { Verbs } from '../../pipeline/subresources.ts'
import { mainStrategy } from '../../pipeline/write-verbs.ts'
import { writeContext } from '../../pipeline/write-request.ts'
import { withMetadata, type ApiObject } from '../../registry/api-object.ts'
import { getObject } from '../../registry/get.ts'
import type { ServedKind } from '../../registry/served-kind.ts'
import { updateObject } from '../../registry/update.ts'
import { isObject } from '../schema/schema.ts'
import { fieldsOf, valueAtPath } from './scale-fields.ts'

type Paths = CustomResourceSubresourceScale

const KIND = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
const SCHEMA = messageSchema(Scale, KIND)

/** The `scale` subresource of a custom resource, whose definition says where its fields are. */
export function customScaleVerbs(paths: Paths): Verbs {
  const get: VerbHandler = async (kind, { request }) => {
    const { namespace = '', name = '', options } = request
    const { object } = await getObject(kind.resource, namespace, name, options?.resourceVersion)
    return { type: 'value', code: 200, value: checkedScale(object, paths), message: Scale }
  }
  const update: VerbHandler = (kind, call, env) => {
    const scale = withDefaults(Scale, readBody(SCHEMA, call) as unknown as Scale)
    const { name = '' } = scale.metadata
    if (name !== '' && name !== call.request.name) {
      throw badRequest(
        `the name of the object (${name}) does not match the name on the URL (${call.request.name})`,
      )
    }
    return setScale(kind, call, env, paths, () => scale)
  }
  const patch: VerbHandler = (kind, call, env) => {
    checkPatchOptions(call)
    const apply = patchOf(SCHEMA, call)
    return setScale(kind, call, env, paths, (current) => {
      const { object, warnings } = apply(current as unknown as JsonObject)
      for (const warning of warnings) call.warn(warning)
      return withDefaults(Scale, object as unknown as Scale)
    })
  }
  return { get, update, patch }
}

async function setScale(
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  paths: Paths,
  change: (current: Scale) => Scale,
): Promise<Answer> {
  const type = env.managedTypeOf(kind, 'scale')
  const by = changeBy(call, env.clock)
  const { object } = await updateObject(
    kind.resource,
    {
      name: call.request.name ?? '',
      strategy: mainStrategy(kind),
      change: (current) => {
        const scale = change(scaleOf(current!, paths))
        return trackFields(type, current, withScale(current!, scale, paths), by)
      },
      unconditional: true,
    },
    writeContext(kind, call, env),
  )
  return { type: 'value', code: 200, value: scaleOf(object.object, paths), message: Scale }
}

function checkedScale(object: ApiObject, paths: Paths): Scale {
  if (valueAtPath(object, paths.specReplicasPath) === undefined) {
    throw internalError(
      `the spec replicas field ${JSON.stringify(paths.specReplicasPath)} does not exist`,
    )
  }
  return scaleOf(object, paths)
}

function scaleOf(object: ApiObject, paths: Paths): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const replicas = valueAtPath(object, paths.specReplicasPath)
  const current = valueAtPath(object, paths.statusReplicasPath)
  const selector = paths.labelSelectorPath && valueAtPath(object, paths.labelSelectorPath)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: replicas ? { replicas } : {},
    status: { replicas: current ?? 0, ...(selector ? { selector } : {}) },
  } as Scale
}

function withScale(object: ApiObject, { metadata, spec }: Scale, paths: Paths): ApiObject {
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
  return withValue(placed, fieldsOf(paths.specReplicasPath), replicas) as ApiObject
}

function withValue(object: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value
  const fields = isObject(object) ? object : {}
  return { ...fields, [name]: withValue(fields[name], rest, value) }
}
