import { keepAlive, systemClock } from '../src/base/clock.node.ts'
import { nodeCrypto } from '../src/base/crypto.node.ts'
import { silentLogger } from '../src/base/logger.ts'
import { seededRandom } from '../src/base/random.ts'
import { serviceAccountTokenAuthenticator } from '../src/apiserver/authentication/service-account-tokens.ts'
import type { Authorizer } from '../src/apiserver/authorization/authorizer.ts'
import { httpAuthenticator } from '../src/apiserver/http/authenticate.ts'
import { decide } from '../src/apiserver/pipeline/authorize.ts'
import { liveObjects } from '../src/apiserver/live/live-objects.ts'
import {
  ADMIN,
  startSecureTestServer,
  type SecureTestServer,
} from '../src/apiserver/testing-secure.node.ts'
import { DEFAULT_ISSUER, serviceAccountTokens } from '../src/pki/service-account-tokens.ts'
import type { HttpExchange } from '../src/serving/exchange.ts'
import { GET_POD } from './get-pod.ts'
import type { Figure, Row } from './row.ts'

const BINDINGS = 1000
const ROUNDS = 50_000
const TOKENS = 2000

/** What it costs to know who asks, and whether they may. */
export const AUTH_ROWS: readonly Row[] = [
  {
    name: 'auth',
    what: `authentication and authorisation of a warm request with ${BINDINGS} role bindings, and tokens`,
    measure: measureAuth,
  },
]

async function measureAuth(): Promise<readonly Figure[]> {
  using _ = keepAlive()
  let chain: readonly Authorizer[] = []
  await using api = await startSecureTestServer({
    access: { authorization: (own) => (chain = [own.Node, own.RBAC]) },
  })
  const token = await furnish(api)
  await using live = liveObjects({
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
  })
  live.connect({ registry: api.server.registry, transport: api.server.transportFor(ADMIN) })
  const known = serviceAccountTokenAuthenticator({
    tokens: api.tokens,
    live,
    clock: systemClock,
    logger: silentLogger,
  })
  const authenticate = httpAuthenticator([known], nodeCrypto())
  // The parts of a request that authentication looks at.
  const exchange = { headers: { authorization: `Bearer ${token}` } } as unknown as HttpExchange
  const pass = async (): Promise<void> => {
    const { user } = await authenticate(exchange)
    const { decision } = await decide(chain, { ...GET_POD, user })
    if (decision !== 'allow') throw new Error('The request is not allowed')
  }
  const value = await microseconds(ROUNDS, pass)
  return [
    { name: 'one request', value, unit: 'µs', goal: '15', note: 'token, Node and RBAC' },
    ...verifications(),
  ]
}

/** Tokens that were never seen before, one signature each. */
function verifications(): readonly Figure[] {
  const crypto = nodeCrypto()
  return (['ES256', 'RS256'] as const).map((algorithm) => {
    const signingKey = crypto.generateKeyPair(algorithm).privateKey
    const tokens = serviceAccountTokens({ crypto, clock: systemClock, signingKey })
    const made = Array.from({ length: TOKENS }, () => {
      const serviceAccount = { name: 'robot', uid: 'u' }
      const audiences = [DEFAULT_ISSUER]
      const request = { namespace: 'default', serviceAccount, audiences, expirationSeconds: 3600 }
      return tokens.signBound(request).token
    })
    const before = process.cpuUsage()
    for (const each of made)
      if (tokens.verify(each).type !== 'verified') throw new Error('A token is not accepted')
    const { user, system } = process.cpuUsage(before)
    const value = TOKENS / ((user + system) / 1e6)
    return { name: `tokens verified, ${algorithm}`, value, unit: '/s', goal: '5000' }
  })
}

/** Others want the processor too, so its time is measured, not the clock's. */
async function microseconds(rounds: number, work: () => Promise<void>): Promise<number> {
  for (let i = 0; i < rounds / 4; i++) await work()
  const before = process.cpuUsage()
  for (let i = 0; i < rounds; i++) await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / rounds
}

/** A service account, 1,000 bindings of others, and the one that lets it read Pods. Gives its token. */
async function furnish(api: SecureTestServer): Promise<string> {
  const apiGroup = 'rbac.authorization.k8s.io'
  const bindings = api.calls(`${apiGroup}/v1`, 'rolebindings', 'default')
  const bind = (name: string, subject: object): Promise<unknown> =>
    bindings.create({
      metadata: { name },
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'system:aggregate-to-view' },
      subjects: [subject],
    })
  for (let i = 0; i < BINDINGS - 1; i++)
    await bind(`b${i}`, { kind: 'User', apiGroup, name: `user${i}` })
  await bind('own', { kind: 'ServiceAccount', namespace: 'default', name: 'robot' })
  const accounts = api.calls('v1', 'serviceaccounts', 'default')
  await accounts.create({ metadata: { name: 'robot' } })
  const made = await accounts.create(
    { spec: { audiences: [] } },
    { name: 'robot', subresource: 'token' },
  )
  return (made['status'] as { readonly token: string }).token
}
