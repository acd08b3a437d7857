import { readFileSync } from 'node:fs'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest, type AgentOptions } from 'node:https'
import { text } from 'node:stream/consumers'
import { formatDurationNs, parseDurationNs } from '../../schema/duration.ts'
import type { ExtenderConfiguration } from '../config/scheduler-configuration.ts'
import type { SendToExtender } from './extender.ts'

const DEFAULT_TIMEOUT_NS = 5_000_000_000n

/**
 * Reaches an extender by HTTP or HTTPS, on connections that are kept open until disposed. Throws where files of the
 * configuration cannot be read.
 */
export function connectHttpExtender(config: ExtenderConfiguration): {
  readonly send: SendToExtender
} & Disposable {
  const prefix = config.urlPrefix.replace(/\/+$/, '')
  const isTls = prefix.startsWith('https:')
  const agent = isTls ? new HttpsAgent(tlsOptions(config)) : new HttpAgent({ keepAlive: true })
  const request = isTls ? httpsRequest : httpRequest
  const timeoutNs = timeoutOf(config)
  return {
    async send(verb, body) {
      const url = `${prefix}/${verb}`
      const sent = Buffer.from(JSON.stringify(body))
      const headers = { 'content-type': 'application/json', 'content-length': sent.length }
      const signal = AbortSignal.timeout(Number(timeoutNs / 1_000_000n))
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
      try {
        request(url, { agent, method: 'POST', headers, signal }, resolve)
          .on('error', reject)
          .end(sent)
        const response = await promise
        const said = await text(response)
        if (response.statusCode === 200) return JSON.parse(said) as unknown
        throw new Error(
          `failed ${verb} with extender at URL ${url}, code ${response.statusCode ?? 0}`,
        )
      } catch (cause) {
        if (!signal.aborted) throw cause
        throw new Error(`Post "${url}": no answer within ${formatDurationNs(timeoutNs)}`, { cause })
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

function timeoutOf({ httpTimeout = '0s' }: ExtenderConfiguration): bigint {
  const ns = parseDurationNs(httpTimeout)
  return typeof ns === 'bigint' && ns > 0n ? ns : DEFAULT_TIMEOUT_NS
}

/** Without an authority to trust, `enableHTTPS` trusts anybody, as it does upstream. */
function tlsOptions({ tlsConfig = {}, enableHTTPS = false }: ExtenderConfiguration): AgentOptions {
  const { insecure = false, serverName } = tlsConfig
  const ca = pem(tlsConfig.caData, tlsConfig.caFile)
  const cert = pem(tlsConfig.certData, tlsConfig.certFile)
  const key = pem(tlsConfig.keyData, tlsConfig.keyFile)
  return {
    keepAlive: true,
    rejectUnauthorized: !insecure && !(enableHTTPS && ca === undefined),
    ...(serverName && { servername: serverName }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }
}

function pem(base64: string | undefined, file: string | undefined): Buffer | undefined {
  if (base64) return Buffer.from(base64, 'base64')
  return file ? readFileSync(file) : undefined
}
