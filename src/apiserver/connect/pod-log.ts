import type { Pod } from '../../api/core/v1/pod.ts'
import { badRequest, generic, internalError, invalid } from '../../apimachinery/status-error.ts'
import { failure } from '../../apimachinery/status.ts'
import {
  forbidden,
  invalid as invalidField,
  unsupported,
  type FieldError,
} from '../../schema/field-error.ts'
import { linkedAbort } from '../../base/async.ts'
import type { HttpExchange } from '../../serving/exchange.ts'
import type { BackendResponse, Backends } from './backends.ts'
import { copyBody } from './forward.ts'
import { nodeLocation } from './node-location.ts'
import { containerOf } from './pod-container.ts'
import type { Registry } from '../registry/registry.ts'

const STREAMS = ['All', 'Stdout', 'Stderr']
const TEXT = { 'content-type': 'text/plain' }
const ERROR_BYTES_MAX = 2048 // Of what a node agent says to a refusal.

/** Sends the log of a container, as its node agent gives it. */
export async function sendPodLog(
  exchange: HttpExchange,
  pod: Pod,
  registry: Registry,
  backends: Backends,
): Promise<void> {
  const query = new URLSearchParams(exchange.query)
  checkLogOptions(query, pod.metadata.name)
  const container = containerOf(pod, query.get('container') ?? '')
  const { nodeName = '' } = pod.spec
  // Before it has a node a Pod has said nothing.
  if (nodeName === '') return exchange.respond(200, TEXT)
  const location = await nodeLocation(registry, nodeName)
  const path = `/containerLogs/${pod.metadata.namespace}/${pod.metadata.name}/${container}`
  const parameters = logParameters(query).toString()
  const target = { ...location, path: parameters === '' ? path : `${path}?${parameters}` }
  using abort = linkedAbort(exchange.signal)
  try {
    const response = await request(backends, target, abort.signal)
    if (response.status >= 400) throw await refusalOf(response)
    const isSocket = exchange.upgrade?.protocols.includes('websocket')
    const stream = isSocket ? backends.logSocket(exchange) : exchange.startStream(200, TEXT)
    if (stream) await copyBody(response, stream)
  } finally {
    abort.abort()
  }
}

async function request(
  backends: Backends,
  target: Parameters<Backends['request']>[0],
  signal: AbortSignal,
): Promise<BackendResponse> {
  try {
    return await backends.request(target, { method: 'GET', headers: {}, signal })
  } catch (error) {
    signal.throwIfAborted()
    const { scheme, host, port, path } = target
    const why = error instanceof Error ? error.message : String(error)
    throw internalError(`Get "${scheme}://${host}:${port}${path}": ${why}`, { cause: error })
  }
}

async function refusalOf({ status, body }: BackendResponse): Promise<Error> {
  const text = (await textOf(body)).trim()
  if (status === 400) return badRequest(text)
  if (status === 500) return internalError(text)
  if (status === 404) {
    return generic(failure('NotFound', `the server could not find the requested resource: ${text}`))
  }
  return generic({ ...failure('InternalError', text), code: status })
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > ERROR_BYTES_MAX) break
  }
  return text
}

const FLAGS = ['follow', 'previous', 'timestamps', 'insecureSkipTLSVerifyBackend']
const FORWARDED = ['sinceSeconds', 'sinceTime', 'tailLines', 'limitBytes', 'stream']

function logParameters(query: URLSearchParams): URLSearchParams {
  const parameters = new URLSearchParams()
  for (const name of FLAGS) if (isTrue(query.get(name))) parameters.set(name, 'true')
  for (const name of FORWARDED) {
    const value = query.get(name)
    if (value !== null && value !== '') parameters.set(name, value)
  }
  return parameters
}

function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false'
}

function checkLogOptions(query: URLSearchParams, name: string): void {
  const errors = [
    ...atLeast(query, 'tailLines', 0),
    ...atLeast(query, 'limitBytes', 1),
    ...sinceErrors(query),
    ...streamErrors(query),
  ]
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, name, errors)
}

function atLeast(query: URLSearchParams, name: string, min: number): FieldError[] {
  const value = query.get(name)
  if (value === null || value === '') return []
  const number = Number(value)
  if (!Number.isInteger(number)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
  }
  if (number >= min) return []
  const text = min === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0'
  return [invalidField(name, number, text)]
}

function sinceErrors(query: URLSearchParams): FieldError[] {
  if (query.has('sinceSeconds') && query.has('sinceTime')) {
    return [forbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified')]
  }
  return atLeast(query, 'sinceSeconds', 1)
}

function streamErrors(query: URLSearchParams): FieldError[] {
  const stream = query.get('stream')
  if (stream === null || stream === '') return []
  if (!STREAMS.includes(stream)) return [unsupported('stream', stream, STREAMS)]
  return stream !== 'All' && query.has('tailLines')
    ? [forbidden('', '`tailLines` and specific `stream` are mutually exclusive for now')]
    : []
}
