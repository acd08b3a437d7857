import { CborError, decodeCbor } from '../../schema/cbor.ts'
import { jsonType, readYaml } from '../body.ts'
import type { FieldValidation } from '../codec.ts'
import { ParseError } from '../parse-error.ts'
import { badRequest } from '../status-error.ts'
import { isObject, type JsonObject } from './type-schema.ts'

export interface ReadApplyPatch {
  readonly applied: JsonObject
  readonly warnings: readonly string[]
}

/** Reads the body of an apply patch, YAML or JSON. Throws `StatusError`, in the words of k8s.io/apiserver. */
export function readApplyPatch(body: Uint8Array, fieldValidation: FieldValidation): ReadApplyPatch {
  const { value, duplicates } = read(body, fieldValidation !== 'Ignore')
  const applied = value ?? {}
  if (!isObject(applied)) {
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonType(value)} into Go value of type map[string]interface {}`,
    )
  }
  if (fieldValidation === 'Strict' && duplicates.length > 0) {
    throw badRequest(
      `error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n${duplicates.map((each) => `  ${each}`).join('\n')}`,
    )
  }
  return { applied, warnings: duplicates }
}

/** The same in CBOR, where a key that comes twice is no matter of strictness (KEP-4222). */
export function readCborApplyPatch(body: Uint8Array): ReadApplyPatch {
  try {
    const applied = decodeCbor(body) ?? {}
    if (isObject(applied)) return { applied, warnings: [] }
    throw new CborError(
      `cbor: cannot unmarshal ${jsonType(applied)} into Go value of type map[string]interface {}`,
    )
  } catch (error) {
    if (!(error instanceof CborError)) throw error
    throw badRequest(`error decoding CBOR: ${error.message}`)
  }
}

function read(
  body: Uint8Array,
  strict: boolean,
): { readonly value: unknown; readonly duplicates: readonly string[] } {
  try {
    return readYaml(body, strict)
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    throw badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`)
  }
}
