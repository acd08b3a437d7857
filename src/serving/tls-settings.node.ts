import { X509Certificate, constants } from 'node:crypto'
import type { ServerOptions as Http1Options } from 'node:http'
import type { SecureServerSessionOptions as Http2Options } from 'node:http2'
import type { TlsOptions } from 'node:tls'
import type { ClientAuthorities } from './connection.node.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 300_000
const CHECK_INTERVAL_MS_MAX = 5_000
const TCP_KEEP_ALIVE_MS = 180_000 // Upstream's, so that connections of dead machines go away.
const HEADER_BYTES_MAX = 1 << 20 // Upstream's, for tokens and impersonation.
const HEADERS_MAX = 1000
const STREAMS_MAX = 250
const STREAM_WINDOW_BYTES = 256 * 1024 // 99 % of all objects are smaller.
/** After how long without a request a connection is closed. */
export const SESSION_IDLE_MS = 90_000

const SESSION_MEMORY_MIB = 512 // What all streams of a connection may hold back: long lists for slow readers.

/** A serving certificate with its key, and whose certificates clients may show; all PEM. */
export interface TlsCredentials {
  readonly certPem: string
  readonly keyPem: string
  /** Bundles of authorities by a name of the caller's, such as `client` and `front-proxy`. */
  readonly clientAuthorities?: Readonly<Record<string, string>>
}

/**
 * TLS as the API server and the node's API speak it. Certificates of clients are asked for and checked, but their lack
 * or failure is for authentication to judge. Sessions are never resumed: a resumed one would skip that check.
 */
export function tlsOptions(credentials: TlsCredentials): TlsOptions {
  return {
    cert: credentials.certPem,
    key: credentials.keyPem,
    ca: Object.values(credentials.clientAuthorities ?? {}),
    requestCert: credentials.clientAuthorities !== undefined,
    rejectUnauthorized: false,
    ALPNProtocols: ['h2', 'http/1.1'],
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS.join(':'),
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
  }
}

/** The parts of credentials that can be replaced while serving. */
export function secureContext({ certPem, keyPem, clientAuthorities }: TlsCredentials): TlsOptions {
  const { ciphers, minVersion, honorCipherOrder, secureOptions, ca } = tlsOptions({
    certPem,
    keyPem,
    ...(clientAuthorities && { clientAuthorities }),
  }) as Required<TlsOptions>
  return { cert: certPem, key: keyPem, ca, ciphers, minVersion, honorCipherOrder, secureOptions }
}

/** Reads the bundles once, to tell later whose certificate a client has shown. */
export function parseAuthorities(credentials: TlsCredentials): ClientAuthorities {
  const bundles = Object.entries(credentials.clientAuthorities ?? {})
  return Object.fromEntries(bundles.map(([name, pem]) => [name, parseBundle(pem)]))
}

/** Limits of HTTP/1.1: slow senders are cut off, idle connections closed. */
export function http1Options(headersTimeoutMs = 32_000): Http1Options {
  return {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: headersTimeoutMs,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: SESSION_IDLE_MS,
    keepAliveTimeoutBuffer: 0,
    connectionsCheckingInterval: Math.min(headersTimeoutMs, CHECK_INTERVAL_MS_MAX),
    shouldUpgradeCallback: ({ headers }) => /^(websocket$|spdy\/)/i.test(headers.upgrade ?? ''),
  }
}

/** Limits of HTTP/2. */
export const HTTP2_OPTIONS: Http2Options = {
  maxSessionMemory: SESSION_MEMORY_MIB,
  maxHeaderListPairs: HEADERS_MAX,
  settings: {
    maxConcurrentStreams: STREAMS_MAX,
    maxHeaderListSize: HEADER_BYTES_MAX,
    initialWindowSize: STREAM_WINDOW_BYTES,
    enablePush: false,
  },
}

// AES-128 first: as safe in practice as 256, and faster. TLS 1.2 with forward secrecy and authenticated encryption only.
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
]

function parseBundle(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.map((block) => new X509Certificate(block))
}
