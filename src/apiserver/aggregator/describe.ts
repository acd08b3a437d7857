import type { APIService } from '../../api/apiregistration/v1/api-service.ts'
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
  /** To tell versions of documents apart; without it there are none of OpenAPI 3.0. */
  readonly crypto?: Crypto | undefined
}

/** Asks the server of an APIService what it has. What cannot be had is left out, and what was known of it kept. */
export async function describe(
  service: APIService,
  before: Description | undefined,
  signal: AbortSignal,
  options: DescribeOptions,
): Promise<Description> {
  const target = await orNothing(extensionTarget(service, options))
  const read: Read = async (path, accept) => {
    if (!target) return undefined
    const how = { accept, timeoutMs: TIMEOUT_MS, signal }
    const answer = await readExtension(target, path, AGGREGATOR, how, options)
    return answer.status === 200 ? answer.body : undefined
  }
  const [resources, openApi3, openApi2] = await Promise.all([
    orNothing(discovered(service, read)),
    orNothing(openApi3Of(service, before?.openApi3, read, options)),
    orNothing(openApi2Of(service, read)),
  ])
  return {
    resources: resources ?? before?.resources ?? [],
    freshness: resources ? 'Current' : 'Stale',
    ...(openApi3 !== undefined && { openApi3 }),
    ...(openApi2 !== undefined && { openApi2 }),
  }
}

type Read = (path: string, accept: string) => Promise<Uint8Array | undefined>

async function readJson(read: Read, path: string, accept = JSON_TYPE): Promise<unknown> {
  const bytes = await read(path, accept)
  return bytes && parseJson(bytes)
}

/** A server that does not answer, or with nonsense, has told nothing. */
async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}

/** Older servers know no aggregated discovery, and are asked for the list of the version. */
async function discovered(service: APIService, read: Read): Promise<readonly object[] | undefined> {
  const { group = '', version = '' } = service.spec
  const all = (await readJson(read, '/apis', `${AGGREGATED},${JSON_TYPE}`)) as
    | Partial<GroupList>
    | undefined
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
  return bytes && { url, bytes, hash: crypto.hashHex('sha512', bytes).toUpperCase() }
}

async function openApi2Of(service: APIService, read: Read): Promise<OpenApi2 | undefined> {
  const document = (await readJson(read, '/openapi/v2')) as Partial<OpenApi2> | undefined
  if (!document?.paths) return undefined
  const prefix = `${versionPath(service)}/`
  const paths = Object.entries(document.paths).filter(([path]) => path.startsWith(prefix))
  const { definitions = {}, parameters = {} } = document
  return { paths: Object.fromEntries(paths), definitions, parameters }
}
