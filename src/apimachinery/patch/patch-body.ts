import { DecodeError } from '../../schema/decode.ts'
import { invalid as invalidField } from '../../schema/field-error.ts'
import { encodeJson } from '../../schema/json.ts'
import type { BodySchema } from '../body-schema.ts'
import { withKind, type Decoded, type FieldValidation } from '../codec.ts'
import { formatValue } from '../go-format.ts'
import { genericServerResponse } from '../generic-status.ts'
import { JSON_PATCH_TYPE, MERGE_PATCH_TYPE, STRATEGIC_MERGE_PATCH_TYPE } from '../media-types.ts'
import { badRequest, invalid, unsupportedMediaType, type StatusError } from '../status-error.ts'
import type { JsonObject } from './json-object.ts'
import { jsonPatch } from './json-patch.ts'
import { mergePatch } from './merge-patch.ts'
import { PatchError } from './patch-error.ts'
import { shapeOf, type PatchShape } from './patch-shape.ts'
import { readMergePatch, readOperations } from './read-patch.ts'
import { strategicMergePatch } from './strategic-merge-patch.ts'

export interface PatchRequest {
  readonly schema: BodySchema
  /** One of the three media types of patches; server-side apply is another matter. */
  readonly mediaType: string
  readonly body: Uint8Array
  readonly fieldValidation: FieldValidation
}

/** Patches an object of the kind and decodes the result. Throws `StatusError` where the patch does not apply. */
export type Patch = (current: JsonObject) => Decoded

/**
 * Reads a patch once, to be applied as often as the object changes meanwhile. Throws `StatusError` for a malformed
 * patch, in the words of k8s.io/apiserver.
 */
export function readPatch(request: PatchRequest): Patch {
  const { schema, mediaType, body, fieldValidation } = request
  switch (mediaType) {
    case JSON_PATCH_TYPE: {
      const { value, problems } = readOperations(body, fieldValidation)
      const apply = (current: JsonObject): unknown => jsonPatch(current, value)
      return patcher(request, problems, rejected, apply, encodeJson)
    }
    case MERGE_PATCH_TYPE: {
      const { value, problems } = readMergePatch(body, fieldValidation, 'error decoding patch: ')
      const apply = (current: JsonObject): unknown => mergePatch(current, value)
      return patcher(request, problems, rejected, apply, encodeJson)
    }
    case STRATEGIC_MERGE_PATCH_TYPE: {
      const { value, problems } = readMergePatch(body, fieldValidation, '')
      const shape: PatchShape = schema.message
        ? shapeOf(schema.message)
        : { field: () => undefined }
      const apply = (current: JsonObject): unknown => strategicMergePatch(shape, current, value)
      return patcher(request, problems, badPatch, apply, () => formatValue(value))
    }
    default:
      throw unsupportedMediaType([JSON_PATCH_TYPE, MERGE_PATCH_TYPE, STRATEGIC_MERGE_PATCH_TYPE])
  }
}

function patcher(
  { schema, fieldValidation }: PatchRequest,
  problems: readonly string[],
  refuse: (error: PatchError) => StatusError,
  apply: (current: JsonObject) => unknown,
  format: (patched: unknown) => string,
): Patch {
  const wrong = (patched: unknown, detail: string): StatusError =>
    invalid({ group: '', kind: '' }, '', [invalidField('patch', format(patched), detail)])

  return (current) => {
    const patched = applied(apply, current, refuse)
    try {
      const { object, hasUnknown } = schema.decode(patched)
      const warnings = [...problems]
      if (hasUnknown && fieldValidation !== 'Ignore') {
        warnings.push(...schema.strictProblems(patched))
      }
      if (warnings.length > 0 && fieldValidation === 'Strict') {
        throw wrong(patched, `strict decoding error: ${warnings.join(', ')}`)
      }
      return { object: withKind(object, schema.kind), warnings }
    } catch (error) {
      if (error instanceof DecodeError) throw wrong(patched, error.message)
      throw error
    }
  }
}

function applied(
  apply: (current: JsonObject) => unknown,
  current: JsonObject,
  refuse: (error: PatchError) => StatusError,
): unknown {
  try {
    return apply(current)
  } catch (error) {
    if (error instanceof PatchError) throw refuse(error)
    throw error
  }
}

/** The patch is well-formed, but the object is not what it takes it to be. */
function rejected({ message }: PatchError): StatusError {
  return genericServerResponse({ code: 422, verb: '', serverMessage: message })
}

function badPatch({ message }: PatchError): StatusError {
  return badRequest(message)
}
