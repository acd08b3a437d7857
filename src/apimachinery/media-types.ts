/** The encodings of the API. See https://kubernetes.io/docs/reference/using-api/api-concepts/ */
export const JSON_TYPE = 'application/json'
export const YAML_TYPE = 'application/yaml'
export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf'
/** Behind the gate CBORServingAndStorage (KEP-4222). */
export const CBOR_TYPE = 'application/cbor'
/** One CBOR item after the other (RFC 8742): a watch. */
export const CBOR_SEQUENCE_TYPE = 'application/cbor-seq'

export const JSON_PATCH_TYPE = 'application/json-patch+json'
export const MERGE_PATCH_TYPE = 'application/merge-patch+json'
export const STRATEGIC_MERGE_PATCH_TYPE = 'application/strategic-merge-patch+json'
export const APPLY_YAML_PATCH_TYPE = 'application/apply-patch+yaml'
export const APPLY_CBOR_PATCH_TYPE = 'application/apply-patch+cbor'

/** The media type of a Content-Type header, without its parameters. An absent header means JSON. */
export function mediaTypeOf(contentType: string | undefined): string {
  const type = contentType?.split(';')[0]!.trim().toLowerCase()
  return type === undefined || type === '' ? JSON_TYPE : type
}
