import { createConnections } from '../../client/connections.node.ts'
import { UserError } from '../user-error.ts'
import type { GetAsNobody } from './discover-cluster.ts'

const TIMEOUT_MS = 10_000
const ANSWER_LENGTH_MAX = 1024 * 1024

/** Gets paths of an API server, HOST:PORT, without saying who asks. */
export function getAsNobody(server: string): GetAsNobody {
  return async (path, ca) => {
    const trust = ca === undefined ? { insecureSkipTlsVerify: true } : { ca }
    using connections = createConnections({ server, ...trust })
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const response = await connections
      .send({ method: 'GET', path }, { signal })
      .catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new UserError(`Cannot join: ${why}`, { cause })
      })
    let body = ''
    for await (const chunk of response.setEncoding('utf8')) {
      body += String(chunk)
      if (body.length > ANSWER_LENGTH_MAX) throw new UserError('Cannot join: too long an answer.')
    }
    if (response.statusCode === 200) return body
    const hint = 'make a token there first with "trierarch token create"'
    throw new UserError(
      `Cannot join: ${server} answers ${response.statusCode} when asked about itself; ${hint}.`,
    )
  }
}
