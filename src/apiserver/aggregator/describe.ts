import type { APIService } from '../../api/apiregistration/v1/api-service.ts'
import { equal } from '../../apimachinery/equality.ts'
import { JSON_TYPE } from '../../apimachinery/media-types.ts'
import { parseJson } from '../../schema/json.ts'
import type { Crypto } from '../../base/crypto.ts'
import type { Description, OpenApi2, OpenApi3 } from './external-versions.ts'
import { extensionTarget, readExtension, type ExtensionOptions } from './extension-calls.ts'
import { AGGREGATOR, versionPath } from './discovery-check.ts'
import { resourcesOf, type GroupList, type ResourceList } from './discovery-forms.ts'

const TIMEOUT_MS = 5000
const AGGREGATED = ['v2', 'v2beta1']
  .map((version) => `${JSON_TYPE};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',')

export interface DescribeOptions extends ExtensionOptions {
  /** To tell versions of documents apart; without it there are none of OpenAPI. */
  readonly crypto?: Crypto | undefined
}

/**
 * Asks the server of an APIService what it has. What cannot be had is as it was known before; so is what has not changed,
 * down to the very objects.
 */
export async function describe(
  service: APIService,
  before: Description,
  signal: AbortSignal,
  options: DescribeOptions,
): Promise<Description> {
  const target = await orElse(extensionTarget(service, options), undefined)
  if (!target) return stale(before)
  const read: Read = async (path, accept) => {
    const how = { accept, timeoutMs: TIMEOUT_MS, signal }
    const { status, body } = await readExtension(target, path, AGGREGATOR, how, options)
    if (status === 200) return body
    if (status === 404) return undefined
    throw new Error(`bad status of ${path}: ${status}`)
  }
  const [found, openApi3, openApi2] = await Promise.all([
    orElse(discovered(service, read), undefined),
    orElse(openApi3Of(service, before.openApi3, read, options), before.openApi3),
    orElse(openApi2Of(service, before.openApi2, read, options), before.openApi2),
  ])
  const described: Description = {
    resources: found && !equal(found, before.resources) ? found : before.resources,
    freshness: found ? 'Current' : 'Stale',
    ...(openApi3 !== undefined && { openApi3 }),
    ...(openApi2 !== undefined && { openApi2 }),
  }
  return isSame(described, before) ? before : described
}

/** What is known of a server that cannot be asked. */
export function stale(known: Description): Description {
  return known.freshness === 'Stale' ? known : { ...known, freshness: 'Stale' }
}

function isSame(a: Description, b: Description): boolean {
  return (
    a.freshness === b.freshness &&
    a.resources === b.resources &&
    a.openApi3 === b.openApi3 &&
    a.openApi2 === b.openApi2
  )
}

/** What a path answers with; undefined where there is none. Throws where nobody can tell. */
type Read = (path: string, accept: string) => Promise<Uint8Array | undefined>

async function readJson(read: Read, path: string, accept = JSON_TYPE): Promise<unknown> {
  const bytes = await read(path, accept)
  return bytes && parseJson(bytes)
}

/** A server that does not answer, or with nonsense, has told nothing. */
async function orElse<T, E>(asked: Promise<T>, otherwise: E): Promise<T | E> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof Error) return otherwise
    throw error
  }
}

/** Older servers know no aggregated discovery, and are asked for the list of the version. */
async function discovered(service: APIService, read: Read): Promise<readonly object[] | undefined> {
  const { group = '', version = '' } = service.spec
  const asked = readJson(read, '/apis', `${AGGREGATED},${JSON_TYPE}`)
  const all = (await orElse(asked, undefined)) as Partial<GroupList> | undefined
  if (all?.kind === 'APIGroupDiscoveryList') {
    const found = all.items
      ?.find(({ metadata }) => metadata.name === group)
      ?.versions.find((each) => each.version === version)
    if (found) return found.resources ?? []
  }
  const list = (await readJson(read, versionPath(service))) as Partial<ResourceList> | undefined
  return list?.resources && resourcesOf(list.resources, { group, version })
}

async function openApi3Of(
  service: APIService,
  before: OpenApi3 | undefined,
  read: Read,
  { crypto }: DescribeOptions,
): Promise<OpenApi3 | undefined> {
  const index = (await readJson(read, '/openapi/v3')) as
    | { readonly paths?: Readonly<Record<string, { readonly serverRelativeURL: string }>> }
    | undefined
  const url = index?.paths?.[versionPath(service).slice(1)]?.serverRelativeURL
  if (url === undefined || !crypto) return undefined
  if (url === before?.url && url.includes('hash=')) return before
  const bytes = await read(url, JSON_TYPE)
  if (!bytes) return undefined
  const hash = hashOf(bytes, crypto)
  if (url === before?.url && hash === before.hash) return before
  return { url, bytes, hash }
}

async function openApi2Of(
  service: APIService,
  before: OpenApi2 | undefined,
  read: Read,
  { crypto }: DescribeOptions,
): Promise<OpenApi2 | undefined> {
  const bytes = await read('/openapi/v2', JSON_TYPE)
  if (!bytes || !crypto) return undefined
  const hash = hashOf(bytes, crypto)
  if (hash === before?.hash) return before
  const document = parseJson(bytes) as Partial<OpenApi2> | undefined
  if (!document?.paths) return undefined
  const prefix = `${versionPath(service)}/`
  const paths = Object.entries(document.paths).filter(([path]) => path.startsWith(prefix))
  const { definitions = {}, parameters = {} } = document
  return { hash, paths: Object.fromEntries(paths), definitions, parameters }
}

function hashOf(bytes: Uint8Array, crypto: Crypto): string {
  return crypto.hashHex('sha512', bytes).toUpperCase()
}
