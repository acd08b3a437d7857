import type { Crypto } from '../../base/crypto.ts'
import { APIGroupDiscoveryList } from '../../api/apidiscovery/v2/api-group-discovery-list.ts'
import { APIGroupDiscoveryList as Beta } from '../../api/apidiscovery/v2beta1/api-group-discovery-list.ts'
import { APIGroup, APIGroupList, APIResourceList } from '../../api/meta/v1/discovery.ts'
import { encodeYaml } from '../../apimachinery/yaml.ts'
import { encodeJson } from '../../schema/json.ts'
import type { MessageClass } from '../../schema/message.ts'
import { encodeProtobuf } from '../../schema/protobuf.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { ExternalVersion } from '../aggregator/external-versions.ts'
import { utf8 } from '../base/bytes.ts'
import { aggregatedDiscovery } from './aggregated.ts'
import { apiGroup, apiGroupList, apiResourceList } from './classic.ts'
import { groupsOf, type DiscoveredGroup } from './groups.ts'
import type { DiscoveryOutput, Encoding, Form } from './negotiate.ts'

/** A document as it is sent. */
export interface Encoded {
  readonly bytes: Uint8Array
  readonly etag: string
}

interface Document {
  readonly message: MessageClass
  readonly value: () => object
}

/** The documents of discovery, encoded once for as long as the same kinds are served. */
export class DiscoveryDocuments {
  readonly #served: () => readonly ResourceClass[]
  readonly #external: () => readonly ExternalVersion[]
  readonly #crypto: Crypto
  #types: readonly ResourceClass[] = []
  #others: readonly ExternalVersion[] = []
  #groups: readonly DiscoveredGroup[] = []
  #documents: ReadonlyMap<string, Document> = new Map()
  readonly #encoded = new Map<string, Encoded>()

  /** `served` gives the kinds that are served now, `external` what others serve: both come and go. */
  constructor(
    served: () => readonly ResourceClass[],
    crypto: Crypto,
    external: () => readonly ExternalVersion[] = () => [],
  ) {
    this.#served = served
    this.#external = external
    this.#crypto = crypto
  }

  /** The core group, unless it is not served. */
  get core(): DiscoveredGroup | undefined {
    this.#refresh()
    return this.#groups.find(({ name }) => name === '')
  }

  /** What a path is answered with. Paths of objects and lists are none of these. */
  find(path: string, { form, encoding }: DiscoveryOutput): Encoded | undefined {
    this.#refresh()
    const key = `${form} ${encoding} ${path}`
    const known = this.#encoded.get(key)
    if (known) return known
    const document = this.#documents.get(keyOf(path, form))
    if (!document) return undefined
    const bytes = encodeDocument(document.message, document.value(), encoding)
    const etag = `"${this.#crypto.hashHex('sha512', bytes).toUpperCase()}"`
    this.#encoded.set(key, { bytes, etag })
    return { bytes, etag }
  }

  #refresh(): void {
    const types = this.#served()
    const others = this.#external()
    const isSame =
      others === this.#others &&
      types.length === this.#types.length &&
      types.every((type, i) => type === this.#types[i])
    if (isSame) return
    this.#types = types
    this.#others = others
    this.#groups = groupsOf(types, others)
    this.#encoded.clear()
    this.#documents = new Map([
      ...aggregated(this.#groups),
      ...this.#groups.flatMap((group) => classic(group, this.#crypto)),
      ['/apis', { message: APIGroupList, value: () => apiGroupList(named(this.#groups)) }],
    ])
  }
}

/** The encoding of a value; the message tells how it is written in protobuf. */
export function encodeDocument(
  message: MessageClass,
  value: object,
  encoding: Encoding,
): Uint8Array {
  switch (encoding) {
    case 'json':
      return utf8(`${encodeJson(value)}\n`)
    case 'yaml':
      return utf8(encodeYaml(value))
    case 'protobuf':
      return encodeProtobuf(message, { apiVersion: 'v1', kind: message.name, ...value })
    default:
      return encoding satisfies never
  }
}

function keyOf(path: string, form: Form): string {
  return form === 'classic' ? path : `${path} ${form}`
}

function named(groups: readonly DiscoveredGroup[]): readonly DiscoveredGroup[] {
  return groups.filter(({ name }) => name !== '')
}

type Entry = readonly [key: string, document: Document]

function aggregated(groups: readonly DiscoveredGroup[]): readonly Entry[] {
  const core = groups.filter(({ name }) => name === '')
  return (['v2', 'v2beta1'] as const).flatMap((version): Entry[] => {
    const message = version === 'v2' ? APIGroupDiscoveryList : Beta
    return [
      [`/api ${version}`, { message, value: () => aggregatedDiscovery(core, version) }],
      [`/apis ${version}`, { message, value: () => aggregatedDiscovery(named(groups), version) }],
    ]
  })
}

function classic(group: DiscoveredGroup, crypto: Crypto): readonly Entry[] {
  const { name, versions } = group
  const prefix = name === '' ? '/api' : `/apis/${name}`
  const own = versions.filter(({ external }) => !external)
  const lists = own.map((version): Entry => [
    `${prefix}/${version.version}`,
    { message: APIResourceList, value: () => apiResourceList(name, version, crypto) },
  ])
  if (name === '') return lists
  return [[prefix, { message: APIGroup, value: () => apiGroup(group) }], ...lists]
}
