import type { APIService } from '../../api/apiregistration/v1/api-service.ts'
import { hostAndPort } from '../../base/host-and-port.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import { failedDiscovery, PASSED } from './availability.ts'
import type { Finding } from './conditions.ts'
import { extensionTarget, readExtension, type ExtensionOptions } from './extension-calls.ts'

/** As whom the aggregator itself asks: nobody may be refused less. */
export const AGGREGATOR: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] }

const TIMEOUT_MS = 5000
const ATTEMPTS = 5

/** Asks the server of an APIService for what it must serve. Several times at once: one answer is enough. */
export async function checkDiscovery(
  service: APIService,
  signal: AbortSignal,
  options: ExtensionOptions,
): Promise<Finding> {
  const attempts = Array.from({ length: ATTEMPTS }, () => attempt(service, signal, options))
  try {
    await Promise.any(attempts)
    return PASSED
  } catch (error) {
    const [first] = (error as AggregateError).errors as readonly Error[]
    return failedDiscovery(first!.message)
  }
}

async function attempt(
  service: APIService,
  signal: AbortSignal,
  options: ExtensionOptions,
): Promise<void> {
  const path = versionPath(service)
  const target = await extensionTarget(service, options)
  // This is about being there, not about being who it says.
  const trusting = { ...target, trust: { ...target.trust, verify: false } }
  const url = `${target.scheme}://${hostAndPort(target.host, target.port)}${path}`
  const failing = (why: string, cause?: unknown): Error =>
    new Error(`failing or missing response from ${url}: ${why}`, { cause })
  const how = { accept: '*/*', timeoutMs: TIMEOUT_MS, signal }
  const { status } = await readExtension(trusting, path, AGGREGATOR, how, options).catch(
    (error: Error) => {
      throw failing(`Get ${JSON.stringify(url)}: ${error.message}`, error)
    },
  )
  if (status < 200 || status >= 300) throw failing(`bad status from ${url}: ${status}`)
}

/** The path of a version's own discovery document. */
export function versionPath({ spec: { group = '', version = '' } }: APIService): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`
}
