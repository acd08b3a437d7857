import type { CustomResourceDefinition } from '../../../api/apiextensions/v1/custom-resource-definition.ts'
import { formatGroupVersionKind, parseApiVersion } from '../../../apimachinery/gvk.ts'
import { findStatusError, unknownError } from '../../../apimachinery/status-error.ts'
import type { Clock } from '../../../base/clock.ts'
import { uuid, type Random } from '../../../base/random.ts'
import { encodeJson, JsonSyntaxError, parseJson } from '../../../schema/json.ts'
import { utf8 } from '../../base/bytes.ts'
import { serviceProxyLocation } from '../../connect/proxy-location.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import type { Registry } from '../../registry/registry.ts'
import { isObject, type Json } from '../schema/schema.ts'
import { checkConverted, ConversionProblem } from './check-converted.ts'
import type { Converter } from './converter.ts'
import type { WebhookCaller, WebhookTarget } from './webhook-caller.ts'

export interface WebhookConverterOptions {
  readonly clock: Clock
  readonly random: Random
  readonly registry: Registry
  /** Without it no webhook can be asked. */
  readonly webhooks?: WebhookCaller | undefined
}

const TIMEOUT_SECONDS = 30

/** Converts by asking the webhook of a definition, with a ConversionReview for all objects at once. */
export function webhookConverter(
  definition: CustomResourceDefinition,
  options: WebhookConverterOptions,
): Converter {
  return async (objects, apiVersion) => {
    const [first] = objects
    if (!first) return []
    const of = formatGroupVersionKind({ ...parseApiVersion(first.apiVersion), kind: first.kind })
    const intro = `conversion webhook for ${of}`
    try {
      const converted = await ask(definition, objects, apiVersion, options)
      return checkedAll(objects, converted, apiVersion, intro)
    } catch (error) {
      if (error instanceof ConversionProblem) throw unknownError(error.message)
      throw unknownError(`${intro} failed: ${(error as Error).message}`)
    }
  }
}

function checkedAll(
  objects: readonly ApiObject[],
  converted: readonly unknown[],
  apiVersion: string,
  intro: string,
): readonly ApiObject[] {
  if (converted.length !== objects.length) {
    throw new ConversionProblem(
      `${intro} returned ${converted.length} objects, expected ${objects.length}`,
    )
  }
  return objects.map((object, i) =>
    checkConverted(
      object,
      converted[i],
      apiVersion,
      objects.length === 1
        ? `${intro} returned invalid object`
        : `${intro} returned invalid converted object at index ${i}`,
    ),
  )
}

async function ask(
  { spec }: CustomResourceDefinition,
  objects: readonly ApiObject[],
  desiredAPIVersion: string,
  options: WebhookConverterOptions,
): Promise<readonly unknown[]> {
  const { conversionReviewVersions, clientConfig } = spec.conversion!.webhook!
  const version = conversionReviewVersions.find((each) => each === 'v1' || each === 'v1beta1')
  if (!version) throw new Error('no supported conversion review versions')
  const uid = uuid(options.random)
  const review = {
    kind: 'ConversionReview',
    apiVersion: `apiextensions.k8s.io/${version}`,
    request: { uid, desiredAPIVersion, objects },
  }
  const answer = await post(clientConfig ?? {}, review, options)
  return convertedObjects(answer, version, uid)
}

type ClientConfig = NonNullable<
  NonNullable<
    NonNullable<CustomResourceDefinition['spec']['conversion']>['webhook']
  >['clientConfig']
>

async function post(
  config: Partial<ClientConfig>,
  review: object,
  { webhooks, clock, registry, random }: WebhookConverterOptions,
): Promise<unknown> {
  const url = urlOf(config)
  try {
    if (!webhooks) throw new Error('this server calls no webhooks')
    const target = await targetOf(config, url, registry, random)
    const timeout = new AbortController()
    using _ = clock.after(TIMEOUT_SECONDS * 1000, () => timeout.abort())
    const { status, body } = await inTime(
      webhooks.post(target, utf8(encodeJson(review)), timeout.signal),
      timeout.signal,
    )
    return read(status, body)
  } catch (error) {
    if (error instanceof ReadProblem) throw error
    throw new Error(`Post ${JSON.stringify(textOf(url))}: ${reasonOf(error)}`, { cause: error })
  }
}

function urlOf({ url, service }: Partial<ClientConfig>): URL {
  const { name = '', namespace = '', path = '', port = 443 } = service ?? {}
  const full = new URL(url ?? `https://${name}.${namespace}.svc:${port}${path}`)
  full.searchParams.set('timeout', `${TIMEOUT_SECONDS}s`)
  return full
}

/** As Go writes it: with its port, even the usual one of a Service. */
function textOf(url: URL): string {
  const isService = url.hostname.endsWith('.svc') && url.port === ''
  return isService ? url.href.replace(url.host, `${url.host}:443`) : url.href
}

async function targetOf(
  { service, caBundle }: Partial<ClientConfig>,
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
function inTime<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => late.reject(new Error(TOO_LATE)), { once: true })
  return Promise.race([answer, late.promise])
}

const TOO_LATE = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'

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

function convertedObjects(answer: unknown, version: string, uid: string): readonly unknown[] {
  const review: Json = isObject(answer) ? answer : {}
  const { kind = '', apiVersion = '', response } = review
  const expected = `apiextensions.k8s.io/${version}`
  if (version === 'v1' && (kind !== 'ConversionReview' || apiVersion !== expected)) {
    throw new Error(
      `expected webhook response of ${expected}, Kind=ConversionReview, got ${String(apiVersion)}, Kind=${String(kind)}`,
    )
  }
  if (!isObject(response)) throw new Error('no response provided')
  const { uid: given = '', result, convertedObjects: objects } = response
  if (version === 'v1' && given !== uid) {
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(given)}`)
  }
  const { status = '', message = '' } = isObject(result) ? result : {}
  if (status !== 'Success') {
    throw new Error(
      message === ''
        ? `response.result.status was '${String(status)}', not 'Success'`
        : String(message),
    )
  }
  return Array.isArray(objects) ? objects : []
}
