import { notAcceptable } from '../../apimachinery/status-error.ts'
import { JSON_TYPE, PROTOBUF_TYPE, YAML_TYPE } from '../../apimachinery/media-types.ts'
import { wishesOf, type Wish } from '../http/accept.ts'

/** Documents one by one, or all in one by a version of apidiscovery.k8s.io. */
export type Form = 'classic' | 'v2' | 'v2beta1'

export type Encoding = 'json' | 'protobuf' | 'yaml'

export interface DiscoveryOutput {
  readonly form: Form
  readonly encoding: Encoding
}

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  [JSON_TYPE]: 'json',
  'application/*': 'json',
  '*/*': 'json',
  [YAML_TYPE]: 'yaml',
  [PROTOBUF_TYPE]: 'protobuf',
}

const MEDIA_TYPES: Readonly<Record<Encoding, string>> = {
  json: JSON_TYPE,
  yaml: YAML_TYPE,
  protobuf: PROTOBUF_TYPE,
}

/** The first form and encoding of those that the client takes that can be given. Throws `NotAcceptable`. */
export function negotiateDiscovery(accept: string | undefined): DiscoveryOutput {
  for (const wish of wishesOf(accept || '*/*')) {
    const encoding = ENCODINGS[wish.type]
    const form = formFor(wish)
    if (encoding && form && wish.quality > 0) return { form, encoding }
  }
  throw notAcceptable(Object.values(MEDIA_TYPES))
}

function formFor({ parameters }: Wish): Form | undefined {
  const as = parameters.get('as')
  if (as === undefined) return 'classic'
  const version = parameters.get('v')
  if (as !== 'APIGroupDiscoveryList' || parameters.get('g') !== 'apidiscovery.k8s.io') {
    return undefined
  }
  return version === 'v2' || version === 'v2beta1' ? version : undefined
}

/** The media type of what is sent: it tells an aggregated document from a classic one. */
export function discoveryType({ form, encoding }: DiscoveryOutput): string {
  const type = MEDIA_TYPES[encoding]
  if (form === 'classic') return type
  return `${type};g=apidiscovery.k8s.io;v=${form};as=APIGroupDiscoveryList`
}
