import { dns1123SubdomainProblems } from '../../../apimachinery/names.ts'

const KEY_ID_BYTES_MAX = 1024
const DEK_BYTES_MAX = 1024
const ANNOTATION_BYTES_MAX = 32 * 1024

/** Throws an Error in upstream's words. */
export function checkKeyId(keyId: string): void {
  const { length } = new TextEncoder().encode(keyId)
  if (length === 0) throw new Error('failed to validate key id: keyID is empty')
  if (length > KEY_ID_BYTES_MAX) {
    const text = `keyID is ${length} bytes, which exceeds the max size of ${KEY_ID_BYTES_MAX}`
    throw new Error(`failed to validate key id: ${text}`)
  }
}

export function checkDekSource({ length }: Uint8Array): void {
  const prefix = 'failed to validate encrypted DEK source: encrypted DEK source is'
  if (length === 0) throw new Error(`${prefix} empty`)
  if (length > DEK_BYTES_MAX)
    throw new Error(`${prefix} ${length} bytes, which exceeds the max size of ${DEK_BYTES_MAX}`)
}

export function checkAnnotations(
  annotations: readonly { readonly key: string; readonly value: Uint8Array }[],
): void {
  const prefix = 'failed to validate annotations:'
  for (const { key } of annotations) {
    if (dns1123SubdomainProblems(key).length > 0 || !key.includes('.'))
      throw new Error(
        `${prefix} ${JSON.stringify(key)} should be a domain with at least two segments separated by dots`,
      )
  }
  const size = annotations.reduce((sum, { key, value }) => sum + key.length + value.length, 0)
  if (size > ANNOTATION_BYTES_MAX) {
    const text = `total size of annotations is ${size}, which exceeds the max size of ${ANNOTATION_BYTES_MAX}`
    throw new Error(`${prefix} ${text}`)
  }
}
