import { notAcceptable } from '../../apimachinery/status-error.ts'
import { JSON_TYPE, YAML_TYPE } from '../../apimachinery/media-types.ts'

type Encoding = 'json' | 'yaml'

/** The form in which a client wants its answer. */
export interface Output {
  readonly encoding: Encoding
  /** What objects are turned into on the way. */
  readonly as: 'object' | 'table' | 'metadata'
  /** The version of the table or the metadata: `v1`, `v1beta1`. */
  readonly version: string
  readonly pretty: boolean
}

const JSON_OUTPUT: Output = { encoding: 'json', as: 'object', version: 'v1', pretty: false }

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  [JSON_TYPE]: 'json',
  'application/*': 'json',
  '*/*': 'json',
  [YAML_TYPE]: 'yaml',
}

const TRANSFORMS: Readonly<Record<string, Output['as']>> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
}

const VERSIONS = ['v1', 'v1beta1']

/**
 * The first form of those that the client takes, and likes best, that can be given. Throws `NotAcceptable`. What is no
 * object that is stored cannot be transformed into a table or into metadata.
 */
export function negotiate(accept: string | undefined, mayTransform = true): Output {
  if (accept === undefined || accept === '' || accept === JSON_TYPE || accept === '*/*') {
    return JSON_OUTPUT
  }
  for (const wish of wishesOf(accept)) {
    const output = outputFor(wish)
    if (output && (mayTransform || output.as === 'object')) return output
  }
  throw notAcceptable([JSON_TYPE, YAML_TYPE])
}

/** What a client takes, and how much it likes it. */
export interface Wish {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
  readonly quality: number
}

/** The wishes of an Accept header, from the one liked best on. */
export function wishesOf(accept: string): readonly Wish[] {
  return accept
    .split(',')
    .map(parseWish)
    .toSorted((a, b) => b.quality - a.quality)
}

function parseWish(text: string): Wish {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim())
  const parameters = new Map(
    rest.map((part) => {
      const at = part.indexOf('=')
      return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const
    }),
  )
  return { type: type.toLowerCase(), parameters, quality: Number(parameters.get('q') ?? 1) || 0 }
}

function outputFor({ type, parameters, quality }: Wish): Output | undefined {
  const encoding = ENCODINGS[type]
  if (!encoding || quality === 0) return undefined
  const stream = parameters.get('stream')
  if (stream && stream !== 'watch') return undefined
  const as = parameters.get('as')
  const pretty = parameters.get('pretty') === '1'
  if (as === undefined) return { ...JSON_OUTPUT, encoding, pretty }
  const version = parameters.get('v') ?? ''
  if (parameters.get('g') !== 'meta.k8s.io' || !VERSIONS.includes(version)) return undefined
  const transform = TRANSFORMS[as]
  return transform && { encoding, as: transform, version, pretty }
}

/** The media type of what is sent. */
export function contentTypeOf({ encoding }: Output): string {
  return encoding === 'json' ? JSON_TYPE : YAML_TYPE
}
