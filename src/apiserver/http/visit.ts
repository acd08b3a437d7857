import { badRequest } from '../../apimachinery/status-error.ts'
import { formatFieldError, invalid } from '../../schema/field-error.ts'
import type { ApiRequest } from '../../client/request.ts'
import type { HttpExchange, RequestHeaders } from '../../serving/exchange.ts'
import type { AuditRecord } from '../audit/auditor.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { Call } from '../pipeline/call.ts'
import { negotiate, negotiateWatch, type Encoding, type Output } from './negotiate.ts'
import type { Leave } from './gate.ts'
import type { HttpOptions } from './query.ts'
import type { Registry } from '../registry/registry.ts'
import type { RequestInfo } from './request-info.ts'
import type { TablePrinters, TableRequest } from './tables.ts'

/** One HTTP request on its way. */
export interface Visit {
  readonly exchange: HttpExchange
  readonly auditId: string
  readonly warnings: string[]
  /** The status code of the answer, once there is one; 0 where it was no response of HTTP. */
  code: number
  /** Gives back what the request was let in with. */
  leave: Leave | undefined
  /** Is told when a watch has told all that there was. */
  listed: (() => void) | undefined
  /** What is recorded of the request, where something is. */
  audit: AuditRecord | undefined
  /** How long the request waited for its turn. */
  waitMs: number
  /** How the server ended the request itself: it refused it to protect itself, or broke off its answer. */
  ended: 'terminated' | 'aborted' | undefined
}

export type ResourceInfo = RequestInfo & { readonly type: 'resource' }

/** The request as the pipeline takes it. */
export function callOf(
  { exchange, warnings, leave, listed, audit }: Visit,
  request: ApiRequest,
  user: UserInfo,
): Call {
  return {
    request,
    user,
    caller: exchange,
    warn: (text) => void warnings.push(text),
    onBegun: listed ? both(leave, listed) : leave,
    audit,
  }
}

function both(leave: Leave | undefined, listed: () => void): () => void {
  return () => {
    leave?.()
    listed()
  }
}

/** Has the connection end with the answer. With HTTP/2, it tells the client itself to go elsewhere. */
export function endConnection(exchange: HttpExchange): void {
  if (exchange.protocol !== 'HTTP/2.0') exchange.setHeader('connection', 'close')
}

const PEOPLE = /^(?:curl|Wget|Mozilla\/5\.0)/

/** What there is to negotiate with. */
export interface OutputOptions {
  readonly registry: Registry
  readonly encodings: readonly Encoding[]
}

/** The form in which the client wants its answer. Throws `NotAcceptable`. */
export function outputOf(
  { headers }: HttpExchange,
  { request }: ResourceInfo,
  { registry, encodings }: OutputOptions,
): Output {
  const offer = { encodings, mayTransform: isOfStored(request, registry) }
  if (request.verb === 'watch') return negotiateWatch(headers['accept'] as string, offer)
  const output = negotiate(headers['accept'] as string, offer)
  return withPretty(output, headers, request.options)
}

/** Whoever reads with their own eyes gets JSON with lines. */
export function withPretty(
  output: Output,
  headers: RequestHeaders,
  options: HttpOptions = {},
): Output {
  const pretty = options.pretty ?? PEOPLE.test(String(headers['user-agent'] ?? ''))
  return pretty && !output.pretty ? { ...output, pretty } : output
}

// Reviews and the like are answered with values of their own.
function isOfStored(
  { group, version, resource, subresource }: ApiRequest,
  registry: Registry,
): boolean {
  if (subresource !== undefined && !PARTS.has(subresource)) return false
  return registry.find(group, version, resource)?.type.resource.verbs.includes('get') ?? false
}

const INCLUDED: ReadonlySet<string | undefined> = new Set([undefined, 'Metadata', 'Object', 'None'])

const PARTS = new Set(['status', 'scale', 'finalize', 'approval', 'ephemeralcontainers', 'resize'])

/** How the answer is to be shown. Throws `BadRequest`. */
export function tableRequest(
  output: Output,
  { request }: ResourceInfo,
  printers: TablePrinters,
): TableRequest {
  const { includeObject } = request.options ?? {}
  if (output.as === 'table' && !INCLUDED.has(includeObject)) {
    const problem = formatFieldError(
      invalid('includeObject', includeObject, "must be 'Metadata', 'Object', 'None', or empty"),
    )
    throw badRequest(`Unable to convert to Table as requested: ${problem}`)
  }
  return { output, includeObject, printers }
}
