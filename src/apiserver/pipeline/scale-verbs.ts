import { Scale } from '../../api/autoscaling/v1/scale.ts'
import { applyPatch, checkApplied } from '../../apimachinery/managed-fields/apply.ts'
import { messageType } from '../../apimachinery/managed-fields/message-type.ts'
import { messageSchema } from '../../apimachinery/body-schema.ts'
import type { JsonObject } from '../../apimachinery/patch/json-object.ts'
import { quote } from '../../apimachinery/go-format.ts'
import { badRequest, internalError, invalid } from '../../apimachinery/status-error.ts'
import { apiVersionOf } from '../../schema/resource.ts'
import { withDefaults } from '../../schema/defaults.ts'
import { invalid as invalidField } from '../../schema/field-error.ts'
import { withMetadata, type ApiObject } from '../registry/api-object.ts'
import { fromStored, toStored, type ServedKind } from '../registry/served-kind.ts'
import { updateObject } from '../registry/update.ts'
import type { ObjectAdmission } from '../registry/write-context.ts'
import { completed, readApplied } from './apply-verb.ts'
import type { Answer, Call } from './call.ts'
import { checkName } from './check-name.ts'
import type { VerbHandler } from './dispatch.ts'
import type { PipelineEnvironment } from './environment.ts'
import { changeBy, trackFields } from './field-manager.ts'
import { patchOf } from './patch-verb.ts'
import { readBody } from './read-body.ts'
import { readRequested } from './read-requested.ts'
import type { Verbs } from './subresources.ts'
import { writeContext } from './write-request.ts'
import { mainStrategy } from './write-verbs.ts'

/** Where objects of a kind keep their size. */
export interface Scaling {
  /** What a Scale tells beside metadata. */
  sizeOf(object: ApiObject): Pick<Scale, 'spec' | 'status'>
  withReplicas(object: ApiObject, replicas: number): ApiObject
  /** The field that would have the size of an object, where it is missing. */
  missing?(object: ApiObject): string | undefined
}

const KIND = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
const SCHEMA = messageSchema(Scale, KIND)

/** The `scale` subresource: the size of an object is read and set by itself. Admission is shown Scales too. */
export function scaleVerbs(scaling: Scaling): Verbs {
  const get: VerbHandler = async (kind, { request }) => {
    const { object } = await readRequested(kind, request)
    const missing = scaling.missing?.(object)
    if (missing !== undefined) {
      throw internalError(`the spec replicas field ${quote(missing)} does not exist`)
    }
    return answer(object, scaling)
  }
  const update: VerbHandler = (kind, call, env) => {
    const scale = withDefaults(Scale, readBody(SCHEMA, call) as unknown as Scale)
    const { name = '' } = scale.metadata
    if (name !== '' && name !== call.request.name) {
      throw badRequest(
        `the name of the object (${name}) does not match the name on the URL (${call.request.name})`,
      )
    }
    return setScale(kind, call, env, scaling, () => scale)
  }
  const patch: VerbHandler = (kind, call, env) => {
    if (call.request.patchType === 'apply') return applyScale(kind, call, env, scaling)
    const apply = patchOf(SCHEMA, call)
    return setScale(kind, call, env, scaling, (current, of) => {
      const { object, warnings } = apply(current as unknown as JsonObject)
      for (const warning of warnings) call.warn(warning)
      checkSizeIsSet(object, scaling.missing?.(of))
      return withDefaults(Scale, object as unknown as Scale)
    })
  }
  return { get, update, patch }
}

function checkSizeIsSet({ spec }: Partial<Scale>, missing: string | undefined): void {
  if (missing === undefined || spec?.replicas !== undefined) return
  throw badRequest(`the spec replicas field ${quote(missing)} cannot be empty`)
}

function answer(object: ApiObject, scaling: Scaling): Answer {
  return { type: 'value', code: 200, value: scaleOf(object, scaling), message: Scale }
}

function setScale(
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  scaling: Scaling,
  change: (current: Scale, of: ApiObject) => Scale,
): Promise<Answer> {
  const type = env.managedTypeOf(kind, 'scale')
  const by = changeBy(call, env.clock)
  return changeObject(kind, call, env, scaling, (current) => {
    const scale = change(scaleOf(current, scaling), current)
    return trackFields(type, current, withScale(current, scale, scaling), by)
  })
}

/** Server-side apply: who applies a Scale owns the field of the object that has its size. */
function applyScale(
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  scaling: Scaling,
): Promise<Answer> {
  const scale = readApplied(call)
  checkApplied({ kind: KIND, schema: messageType(Scale) }, scale)
  const { metadata = {}, spec = {} } = scale as Partial<Pick<Scale, 'metadata' | 'spec'>>
  const { name = '', namespace, options } = call.request
  checkName({ metadata } as ApiObject, name, namespace)
  const { resource } = kind.type
  const size = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata } as ApiObject
  const { replicas } = spec as Partial<Scale['spec']>
  if (replicas !== undefined) checkReplicas(replicas, name)
  const applied = replicas === undefined ? size : scaling.withReplicas(size, replicas)
  const type = env.managedTypeOf(kind, 'scale')
  const request = { force: options?.force === true, ...changeBy(call, env.clock) }
  return changeObject(kind, call, env, scaling, (current) => {
    const live = fromStored(kind, current)
    const wanted = applyPatch(type, { live, applied, ...request })
    return toStored(kind, completed(kind, wanted))
  })
}

async function changeObject(
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  scaling: Scaling,
  change: (current: ApiObject) => ApiObject,
): Promise<Answer> {
  const context = writeContext(kind, call, env)
  const { object } = await updateObject(
    kind.resource,
    {
      name: call.request.name ?? '',
      strategy: mainStrategy(kind),
      change: (current) => change(current!),
      unconditional: true,
    },
    { ...context, admission: scaleAdmission(context.admission, scaling) },
  )
  return answer(object.object, scaling)
}

function scaleOf(object: ApiObject, scaling: Scaling): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace && { namespace }), uid, resourceVersion, creationTimestamp },
    ...scaling.sizeOf(object),
  } as Scale
}

function withScale(object: ApiObject, { metadata, spec }: Scale, scaling: Scaling): ApiObject {
  const { replicas } = spec
  const { uid, resourceVersion } = metadata
  checkReplicas(replicas, object.metadata.name)
  const placed = withMetadata(object, {
    ...(uid !== undefined && { uid }),
    // A version that the client names must still be the newest.
    ...(resourceVersion !== undefined && { resourceVersion }),
  })
  return scaling.withReplicas(placed, replicas)
}

function checkReplicas(replicas: number, name = ''): void {
  if (replicas >= 0) return
  const text = 'must be greater than or equal to 0'
  throw invalid(KIND, name, [invalidField('spec.replicas', replicas, text)])
}

/** Admission as it is asked about Scales, for a write of the whole object. */
function scaleAdmission(admission: ObjectAdmission, scaling: Scaling): ObjectAdmission {
  const shown = (object: ApiObject): ApiObject => scaleOf(object, scaling) as unknown as ApiObject
  return {
    ...admission,
    async admit(object, old) {
      const scale = shown(object)
      const admitted = await admission.admit(scale, old && shown(old))
      return admitted === scale ? object : withScale(object, readScale(admitted), scaling)
    },
    validate: (object, old) => admission.validate(shown(object), old && shown(old)),
  }
}

/** What a webhook or policy made of a Scale. */
function readScale(value: unknown): Scale {
  try {
    return withDefaults(Scale, SCHEMA.decode(value).object as unknown as Scale)
  } catch (error) {
    throw internalError((error as Error).message, { cause: error })
  }
}
