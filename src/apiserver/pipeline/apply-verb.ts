import type { UpdateStrategy } from '../../api/strategy.ts'
import { applyPatch } from '../../apimachinery/managed-fields/apply.ts'
import {
  readApplyPatch,
  readCborApplyPatch,
  type ReadApplyPatch,
} from '../../apimachinery/managed-fields/apply-body.ts'
import type { JsonObject } from '../../apimachinery/managed-fields/type-schema.ts'
import type { FieldValidation } from '../../apimachinery/codec.ts'
import { APPLY_CBOR_PATCH_TYPE, mediaTypeOf } from '../../apimachinery/media-types.ts'
import { badRequest, conflict } from '../../apimachinery/status-error.ts'
import { DecodeError } from '../../schema/decode.ts'
import { encodeJson } from '../../schema/json.ts'
import { utf8 } from '../base/bytes.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { withAllDefaults } from '../registry/decode-object.ts'
import { fromStored, toStored, type ServedKind } from '../registry/served-kind.ts'
import { updateObject } from '../registry/update.ts'
import type { Answer, Call } from './call.ts'
import { checkName } from './check-name.ts'
import type { PipelineEnvironment } from './environment.ts'
import { changeBy } from './field-manager.ts'
import { mayCreate } from './may-create.ts'
import { RawBody } from './raw-body.ts'
import { writeContext } from './write-request.ts'

/** Server-side apply: brings an object to what a manager wants of it, or creates it. */
export async function applyWith(
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  strategy: UpdateStrategy<ApiObject>,
): Promise<Answer> {
  const { name = '', subresource = '', options = {} } = call.request
  const applied = readApplied(call)
  const type = env.managedTypeOf(kind, subresource)
  const by = changeBy(call, env.clock)
  const { object, created } = await updateObject(
    kind.resource,
    {
      name,
      strategy,
      change(current) {
        const live = current && fromStored(kind, current)
        if (!live) checkUnidentified(kind, name, applied)
        const wanted = applyPatch(type, { live, applied, force: options.force === true, ...by })
        const after = completed(kind, wanted)
        checkName(after, name, call.request.namespace)
        return toStored(kind, after)
      },
      mayCreate: subresource === '' ? () => mayCreate(call, env) : undefined,
      unconditional: true,
    },
    writeContext(kind, call, env),
  )
  return { type: 'object', code: created ? 201 : 200, object, kind }
}

// Whoever names a uid means an object that there has been.
function checkUnidentified({ resource }: ServedKind, name: string, applied: JsonObject): void {
  const { uid } = (applied as Partial<ApiObject>).metadata ?? {}
  if (!uid) return
  const text = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`
  throw conflict(resource.type, name, text)
}

/** What a call applies. Throws `StatusError` where that makes no sense. */
export function readApplied(call: Call): JsonObject {
  const { applied, warnings } = readPatch(call, call.request.options?.fieldValidation ?? 'Warn')
  for (const warning of warnings) call.warn(warning)
  return applied
}

function readPatch({ request: { body } }: Call, mode: FieldValidation): ReadApplyPatch {
  if (!(body instanceof RawBody)) return readApplyPatch(utf8(encodeJson(body)), mode)
  const isCbor = mediaTypeOf(body.contentType) === APPLY_CBOR_PATCH_TYPE
  return isCbor ? readCborApplyPatch(body.bytes) : readApplyPatch(body.bytes, mode)
}

/** An object as applying has made it, as it is stored. */
export function completed({ type, strategy, schema }: ServedKind, wanted: object): ApiObject {
  try {
    const { object } = schema.decode(wanted)
    return withAllDefaults(type, strategy, object as unknown as ApiObject)
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message, { cause: error })
    throw error
  }
}
