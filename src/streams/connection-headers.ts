/** Headers of requests that belong to one connection (RFC 9110, 7.6.1), or say who the client is to a proxy. */
export const REQUEST_CONNECTION_HEADERS: readonly string[] = [
  'http2-settings',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
]

/** Headers of responses that belong to one connection. */
export const RESPONSE_CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])
