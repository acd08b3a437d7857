import type { APIService } from '../../api/apiregistration/v1/api-service.ts'
import { isAvailable } from './conditions.ts'

/** A group and version that another server answers, as an APIService registers it. */
export interface ExternalVersion {
  readonly group: string
  readonly version: string
  readonly service: APIService
  readonly available: boolean
  readonly described: Description
}

/** What the other server says of itself. */
export interface Description {
  /** Its resources, as aggregated discovery lists them. */
  readonly resources: readonly object[]
  /** `Stale` where it could not be asked, so that others may know that more is there than what they see. */
  readonly freshness: 'Current' | 'Stale'
  /** How it describes this version in OpenAPI 3.0. */
  readonly openApi3?: OpenApi3
  /** What it says of this version in OpenAPI 2.0. */
  readonly openApi2?: OpenApi2
}

export interface OpenApi3 {
  /** Where the server has it: path, and a query that changes with what it says. */
  readonly url: string
  readonly bytes: Uint8Array
  /** SHA-512 in capital hexadecimal digits. */
  readonly hash: string
}

/** The parts of a document that are about one version, and all that those may refer to. */
export interface OpenApi2 {
  /** Of the whole document that they come from, as that of OpenAPI 3.0. */
  readonly hash: string
  readonly paths: Readonly<Record<string, unknown>>
  readonly definitions: Readonly<Record<string, unknown>>
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What is known of a server that was never asked. */
export const UNKNOWN: Description = { resources: [], freshness: 'Stale' }

/** The groups and versions that other servers answer, for all that route requests and tell what there is. */
export class ExternalVersions {
  readonly #versions = new Map<string, ExternalVersion>()
  #all: readonly ExternalVersion[] = []

  /** Takes an APIService as it is now; one without a Service is no business of another server. */
  put(service: APIService): void {
    const { group = '', version = '' } = service.spec
    const key = keyOf(group, version)
    if (!service.spec.service) return this.delete(service)
    const before = this.#versions.get(key)
    const described = before?.described ?? UNKNOWN
    const available = isAvailable(service)
    this.#set(key, { group, version, service, available, described })
  }

  delete({ spec: { group = '', version = '' } }: APIService): void {
    if (this.#versions.delete(keyOf(group, version))) this.#all = [...this.#versions.values()]
  }

  describe(group: string, version: string, described: Description): void {
    const key = keyOf(group, version)
    const known = this.#versions.get(key)
    if (known && known.described !== described) this.#set(key, { ...known, described })
  }

  find(group: string, version: string): ExternalVersion | undefined {
    // Mostly there are none.
    if (this.#versions.size === 0) return undefined
    return this.#versions.get(keyOf(group, version))
  }

  /** The version that a path belongs to: `/apis/GROUP/VERSION` and all below it. */
  findPath(path: string): ExternalVersion | undefined {
    if (this.#versions.size === 0) return undefined
    const [, root, first = '', second = ''] = path.split('/', 4)
    if (root === 'api') return this.find('', first)
    return root === 'apis' ? this.find(first, second) : undefined
  }

  /** Another array whenever anything has changed. */
  all(): readonly ExternalVersion[] {
    return this.#all
  }

  #set(key: string, version: ExternalVersion): void {
    this.#versions.set(key, version)
    this.#all = [...this.#versions.values()]
  }
}

function keyOf(group: string, version: string): string {
  return `${group}/${version}`
}
