import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import { findStatusError } from '../../apimachinery/status-error.ts'
import { encodeJson, JsonSyntaxError, parseJson } from '../../schema/json.ts'
import { utf8 } from '../base/bytes.ts'
import { serviceProxyLocation } from '../connect/proxy-location.ts'
import type { Registry } from '../registry/registry.ts'
import type { WebhookCaller, WebhookTarget, WebhookUsers } from './webhook-caller.ts'

/** How a webhook is reached, as all configurations of webhooks write it. */
export interface WebhookClientConfig {
  readonly url?: string
  readonly service?: {
    readonly name: string
    readonly namespace: string
    readonly path?: string
    readonly port?: number
  }
  /** PEM, in base64. */
  readonly caBundle?: string
}

export interface PostOptions {
  readonly clock: Clock
  readonly random: Random
  readonly registry: Registry
  /** Without it no webhook can be asked. */
  readonly webhooks?: WebhookCaller | undefined
  /** As whom; as nobody where absent. */
  readonly users?: WebhookUsers | undefined
  readonly timeoutSeconds: number
  /** What is said of a webhook that does not answer in time. */
  readonly tooLate: string
}

/** Posts a review to a webhook and answers with its JSON. Throws an Error in the words of Kubernetes' REST client. */
export async function postReview(
  config: WebhookClientConfig,
  review: object,
  options: PostOptions,
): Promise<unknown> {
  const { webhooks, clock, registry, random, timeoutSeconds, tooLate } = options
  const url = urlOf(config, timeoutSeconds)
  try {
    if (!webhooks) throw new Error('this server calls no webhooks')
    const timeout = new AbortController()
    using _ = clock.after(timeoutSeconds * 1000, () => timeout.abort())
    const place = await targetOf(config, url, registry, random)
    const credentials = await options.users?.(hostPortOf(url))
    const target = { ...place, ...(credentials && { credentials }) }
    const { status, body } = await inTime(
      webhooks.post(target, utf8(encodeJson(review)), timeout.signal),
      timeout.signal,
      tooLate,
    )
    return read(status, body)
  } catch (error) {
    if (error instanceof ReadProblem) throw error
    throw new Error(`Post ${JSON.stringify(textOf(url))}: ${reasonOf(error)}`, { cause: error })
  }
}

function urlOf({ url, service }: WebhookClientConfig, timeoutSeconds: number): URL {
  const { name = '', namespace = '', path = '', port = 443 } = service ?? {}
  const full = new URL(url ?? `https://${name}.${namespace}.svc:${port}${path}`)
  full.searchParams.set('timeout', `${timeoutSeconds}s`)
  return full
}

// URLs do not say the usual port.
function hostPortOf({ hostname, port }: URL): string {
  return `${hostname}:${port || '443'}`
}

/** As Go writes it: with its port, even the usual one of a Service. */
function textOf(url: URL): string {
  const isService = url.hostname.endsWith('.svc') && url.port === ''
  return isService ? url.href.replace(url.host, `${url.host}:443`) : url.href
}

async function targetOf(
  { service, caBundle }: WebhookClientConfig,
  url: URL,
  registry: Registry,
  random: Random,
): Promise<WebhookTarget> {
  const common = {
    path: `${url.pathname}${url.search}`,
    serverName: url.hostname.replace(/^\[|\]$/g, ''),
    ...(caBundle && { ca: new TextDecoder().decode(Uint8Array.fromBase64(caBundle)) }),
  }
  if (!service) return { host: common.serverName, port: Number(url.port || 443), ...common }
  const { name, namespace, port = 443 } = service
  const { host, port: number } = await serviceProxyLocation(
    registry,
    namespace,
    `https:${name}:${port}`,
    random,
  )
  return { host, port: number, ...common }
}

/** A webhook that does not answer holds up nobody for longer than this. */
function inTime<T>(answer: Promise<T>, signal: AbortSignal, tooLate: string): Promise<T> {
  const late = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => late.reject(new Error(tooLate)), { once: true })
  return Promise.race([answer, late.promise])
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message: string }
  if (code === 'ECONNREFUSED')
    return message.replace('connect ECONNREFUSED', 'dial tcp') + ': connect: connection refused'
  return findStatusError(error)?.message.replace(/^services /, 'service ') ?? message
}

/** There was an answer, but not one that says anything. */
class ReadProblem extends Error {
  override readonly name = 'ReadProblem'
}

function read(status: number, body: Uint8Array): unknown {
  if (status < 200 || status > 206) {
    throw new ReadProblem(
      status === 404
        ? 'the server could not find the requested resource'
        : `an error on the server (${JSON.stringify(new TextDecoder().decode(body.subarray(0, 2048)))}) has prevented the request from succeeding`,
    )
  }
  try {
    return parseJson(body)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw new ReadProblem(`couldn't get version/kind; json parse error: ${error.message}`)
  }
}
