import { notAcceptable } from '../../apimachinery/status-error.ts'
import {
  CBOR_SEQUENCE_TYPE,
  CBOR_TYPE,
  JSON_TYPE,
  PROTOBUF_TYPE,
  YAML_TYPE,
} from '../../apimachinery/media-types.ts'
import { wishesOf, type Wish } from './accept.ts'

export type Encoding = 'json' | 'yaml' | 'protobuf' | 'cbor'

/** The form in which a client wants its answer. */
export interface Output {
  readonly encoding: Encoding
  /** What objects are turned into on the way: of metadata, `metadataList` is what a list of objects is turned into. */
  readonly as: 'object' | 'table' | 'metadata' | 'metadataList'
  /** The version of the table or the metadata: `v1`, `v1beta1`. */
  readonly version: string
  readonly pretty: boolean
}

/** What can be given at all. */
export interface Offer {
  readonly encodings: readonly Encoding[]
  /** The answer is made of stored objects, so it can be turned into a table or into metadata. */
  readonly mayTransform: boolean
}

/** The encodings of the API in the order in which upstream offers them. CBOR follows where its gate is on. */
export const ENCODINGS: readonly Encoding[] = ['json', 'yaml', 'protobuf']

const MEDIA_TYPES: Readonly<Record<Encoding, string>> = {
  json: JSON_TYPE,
  yaml: YAML_TYPE,
  protobuf: PROTOBUF_TYPE,
  cbor: CBOR_TYPE,
}

const JSON_OUTPUT: Output = { encoding: 'json', as: 'object', version: 'v1', pretty: false }

const TRANSFORMS: ReadonlyMap<string, Output['as']> = new Map([
  ['Table', 'table'],
  ['PartialObjectMetadata', 'metadata'],
  ['PartialObjectMetadataList', 'metadataList'],
])

const VERSIONS = ['v1', 'v1beta1']

/** The first form of those that the client takes, and likes best, that can be given. Throws `NotAcceptable`. */
export function negotiate(accept: string | undefined, offer: Offer): Output {
  if (accept === undefined || accept === '' || accept === JSON_TYPE || accept === '*/*') {
    return JSON_OUTPUT
  }
  for (const wish of wishesOf(accept)) {
    for (const encoding of offer.encodings) {
      const output = matches(wish, encoding) ? outputFor(wish, encoding, offer) : undefined
      if (output) return output
    }
  }
  throw notAcceptable(offer.encodings.map((encoding) => MEDIA_TYPES[encoding]))
}

/**
 * As `negotiate()`, for a watch. YAML has no way to tell where one event ends, so who wants that alone is refused,
 * however much JSON would do.
 */
export function negotiateWatch(accept: string | undefined, offer: Offer): Output {
  const output = negotiate(accept, offer)
  if (output.encoding !== 'yaml') return output
  const others = offer.encodings.filter((encoding) => encoding !== 'yaml')
  throw notAcceptable(others.map((encoding) => `${MEDIA_TYPES[encoding]};stream=watch`))
}

// A quality of nothing means "not that" (RFC 9110, 12.4.2).
function matches({ type, quality }: Wish, encoding: Encoding): boolean {
  if (quality === 0) return false
  return type === MEDIA_TYPES[encoding] || type === 'application/*' || type === '*/*'
}

function outputFor({ parameters }: Wish, encoding: Encoding, offer: Offer): Output | undefined {
  const stream = parameters.get('stream')
  if (stream && (stream !== 'watch' || encoding === 'yaml')) return undefined
  if (parameters.get('sv')) return undefined
  const pretty = encoding === 'json' && parameters.get('pretty') === '1'
  const [kind, group, version] = [parameters.get('as'), parameters.get('g'), parameters.get('v')]
  if (kind === undefined && group === undefined && version === undefined) {
    return { ...JSON_OUTPUT, encoding, pretty }
  }
  const as = TRANSFORMS.get(kind ?? '')
  if (!offer.mayTransform || !as || group !== 'meta.k8s.io') return undefined
  if (version === undefined || !VERSIONS.includes(version)) return undefined
  // A table's cells may hold anything, which protobuf cannot.
  if (as === 'table' && encoding === 'protobuf') return undefined
  return { encoding, as, version, pretty }
}

/** The media type of a whole answer. */
export function contentTypeOf({ encoding }: Output): string {
  return MEDIA_TYPES[encoding]
}

/** The media type of a watch: that of JSON says nothing of it. */
export function watchTypeOf({ encoding }: Output): string {
  if (encoding === 'json') return JSON_TYPE
  return encoding === 'cbor' ? CBOR_SEQUENCE_TYPE : `${MEDIA_TYPES[encoding]};stream=watch`
}
