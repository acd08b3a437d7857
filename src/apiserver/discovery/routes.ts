import type { Crypto } from '../../base/crypto.ts'
import { notFound } from '../../apimachinery/status-error.ts'
import type { HttpExchange } from '../../serving/exchange.ts'
import { apiVersionOf, type ResourceClass } from '../../schema/resource.ts'
import { utf8 } from '../base/bytes.ts'
import type { PathHandler, Route } from '../http/router.ts'
import type { Registry } from '../registry/registry.ts'
import {
  aggregatedDiscovery,
  apiGroup,
  apiResourceList,
  groupsOf,
  type DiscoveredGroup,
} from './documents.ts'

/** A document as it is sent. */
interface Encoded {
  readonly bytes: Uint8Array
  readonly etag: string
}

/**
 * The paths by which clients find out what the server has: `/api` and `/apis` with all below them that is no resource,
 * each in the classic form or, where the client asks for it, aggregated.
 */
export function discoveryRoutes(registry: Registry, crypto: Crypto): readonly Route[] {
  const documents = new Documents(registry, crypto)
  const root =
    (path: '/api' | '/apis'): PathHandler =>
    (exchange) => {
      const form = preferredForm(String(exchange.headers['accept'] ?? ''))
      const key = form === 'classic' ? path : `${path} ${form}`
      send(exchange, documents.get(key), form === 'classic' ? 'application/json' : mediaType(form))
    }
  const below: PathHandler = (exchange) => {
    const document = documents.find(exchange.path.replace(/\/$/, ''))
    if (!document) throw notFound({ group: '', resource: '' }, exchange.path)
    send(exchange, document, 'application/json')
  }
  return [
    { path: '/api', handler: root('/api') },
    { path: '/api/', handler: below },
    { path: '/apis', handler: root('/apis') },
    { path: '/apis/', handler: below },
  ]
}

/** The documents by path, encoded once for as long as the same kinds are served. */
class Documents {
  readonly #registry: Registry
  readonly #crypto: Crypto
  #types: readonly ResourceClass[] = []
  #byPath: ReadonlyMap<string, () => object> = new Map()
  readonly #encoded = new Map<string, Encoded>()

  constructor(registry: Registry, crypto: Crypto) {
    this.#registry = registry
    this.#crypto = crypto
  }

  get(path: string): Encoded {
    return this.find(path)!
  }

  find(path: string): Encoded | undefined {
    this.#refresh()
    const known = this.#encoded.get(path)
    if (known) return known
    const make = this.#byPath.get(path)
    if (!make) return undefined
    const bytes = utf8(`${JSON.stringify(make())}\n`)
    const encoded = { bytes, etag: `"${this.#crypto.hashHex('sha256', bytes).toUpperCase()}"` }
    this.#encoded.set(path, encoded)
    return encoded
  }

  #refresh(): void {
    const types = this.#registry.all().map(({ type }) => type)
    if (types.length === this.#types.length && types.every((type, i) => type === this.#types[i]))
      return
    this.#types = types
    this.#encoded.clear()
    this.#byPath = documentsOf(groupsOf(types), this.#crypto)
  }
}

function documentsOf(
  groups: readonly DiscoveredGroup[],
  crypto: Crypto,
): ReadonlyMap<string, () => object> {
  const core = groups.filter(({ name }) => name === '')
  const named = groups.filter(({ name }) => name !== '')
  const documents = new Map<string, () => object>([
    ['/api', () => apiVersions(core)],
    ['/apis', () => ({ kind: 'APIGroupList', apiVersion: 'v1', groups: named.map(apiGroup) })],
  ])
  for (const version of ['v2', 'v2beta1'] as const) {
    documents.set(`/api ${version}`, () => aggregatedDiscovery(core, version))
    documents.set(`/apis ${version}`, () => aggregatedDiscovery(named, version))
  }
  for (const group of groups) {
    const prefix = group.name === '' ? '/api' : `/apis/${group.name}`
    if (group.name !== '')
      documents.set(prefix, () => ({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) }))
    for (const { version, resources } of group.versions) {
      const groupVersion = apiVersionOf({ group: group.name, version })
      documents.set(`${prefix}/${version}`, () => apiResourceList(groupVersion, resources, crypto))
    }
  }
  return documents
}

function apiVersions(core: readonly DiscoveredGroup[]) {
  return {
    kind: 'APIVersions',
    versions: core.flatMap(({ versions }) => versions.map(({ version }) => version)),
    serverAddressByClientCIDRs: [],
  }
}

type Form = 'classic' | 'v2' | 'v2beta1'

/** The first form that the client names and the server has; the classic one where it names none. */
function preferredForm(accept: string): Form {
  for (const range of accept.split(',')) {
    const [type, ...parameters] = range.split(';').map((each) => each.trim().toLowerCase())
    if (type !== 'application/json' && type !== 'application/*' && type !== '*/*') continue
    if (!parameters.includes('as=apigroupdiscoverylist')) return 'classic'
    if (!parameters.includes('g=apidiscovery.k8s.io')) continue
    if (parameters.includes('v=v2')) return 'v2'
    if (parameters.includes('v=v2beta1')) return 'v2beta1'
  }
  return 'classic'
}

function mediaType(form: Form): string {
  return `application/json;g=apidiscovery.k8s.io;v=${form};as=APIGroupDiscoveryList`
}

function send(exchange: HttpExchange, { bytes, etag }: Encoded, contentType: string): void {
  const headers = { 'content-type': contentType, etag, vary: 'Accept', 'cache-control': 'public' }
  if (exchange.headers['if-none-match'] === etag) exchange.respond(304, headers)
  else exchange.respond(200, headers, bytes)
}
