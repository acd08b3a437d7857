import type { Clock } from '../../base/clock.ts'
import { exponentialBuckets, type MetricSet } from '../../base/metrics.ts'
import type { AuthorizationDecision, Authorizer } from '../authorization/authorizer.ts'
import { decide } from '../pipeline/authorize.ts'

/** Hears how clients were recognised and what they were allowed. */
export interface AccessMetrics {
  /** One authorizer that asks all of them in order, each question measured. */
  measured(authorizers: readonly Authorizer[], clock: Clock): Authorizer
  authenticated(
    result: 'success' | 'error' | 'failure',
    user: string | undefined,
    seconds: number,
  ): void
  /** A client certificate was shown that is good for so many seconds more. */
  certificate(seconds: number): void
}

const SECONDS = exponentialBuckets(0.001, 2, 15)
const [HOUR, DAY] = [3600, 86_400]
// Upstream's: alerts look for the last hours and the last week.
const LIFE_SECONDS = [
  0,
  HOUR / 2,
  HOUR,
  2 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  4 * DAY,
  7 * DAY,
  30 * DAY,
  90 * DAY,
  180 * DAY,
  360 * DAY,
]
const COMMON_USERS = ['admin', 'kubelet', 'controller', 'scheduler', 'proxy'] // Upstream counts no others by name.

export function accessMetrics(set: MetricSet): AccessMetrics {
  const users = set.counter({
    name: 'authenticated_user_requests',
    help: '[ALPHA] Counter of authenticated requests broken out by username.',
    labels: ['username'],
  })
  const attempts = set.counter({
    name: 'authentication_attempts',
    help: '[ALPHA] Counter of authenticated attempts.',
    labels: ['result'],
  })
  const authentication = set.histogram({
    name: 'authentication_duration_seconds',
    help: '[ALPHA] Authentication duration in seconds broken out by result.',
    labels: ['result'],
    buckets: SECONDS,
  })
  const authorizations = set.counter({
    name: 'authorization_attempts_total',
    help: "[ALPHA] Counter of authorization attempts broken down by result. It can be either 'allowed', 'denied', 'no-opinion' or 'error'.",
    labels: ['result'],
  })
  const authorization = set.histogram({
    name: 'authorization_duration_seconds',
    help: '[ALPHA] Authorization duration in seconds broken out by result.',
    labels: ['result'],
    buckets: SECONDS,
  })
  const certificates = set
    .histogram({
      name: 'apiserver_client_certificate_expiration_seconds',
      help: '[ALPHA] Distribution of the remaining lifetime on the certificate used to authenticate a request.',
      buckets: LIFE_SECONDS,
    })
    .with()
  // Looked up once: every request is counted here.
  const known = { other: users.with('other') }
  const success = { count: attempts.with('success'), seconds: authentication.with('success') }
  const allowed = { count: authorizations.with('allowed'), seconds: authorization.with('allowed') }
  const refused = ({ decision }: AuthorizationDecision): typeof allowed => {
    const result = decision === 'deny' ? 'denied' : 'no-opinion'
    return { count: authorizations.with(result), seconds: authorization.with(result) }
  }
  return {
    certificate: (seconds) => certificates.observe(seconds),
    authenticated(result, user, seconds) {
      if (user !== undefined) (COMMON_USERS.includes(user) ? users.with(user) : known.other).inc()
      const { count, seconds: durations } =
        result === 'success'
          ? success
          : { count: attempts.with(result), seconds: authentication.with(result) }
      count.inc()
      durations.observe(seconds)
    },
    measured: (authorizers, clock) => ({
      name: 'union',
      authorize(attributes) {
        const startMs = clock.monotonic()
        const count = (decision: AuthorizationDecision): AuthorizationDecision => {
          const { count: total, seconds } =
            decision.decision === 'allow' ? allowed : refused(decision)
          total.inc()
          seconds.observe((clock.monotonic() - startMs) / 1000)
          return decision
        }
        const answer = decide(authorizers, attributes)
        return answer instanceof Promise ? answer.then(count) : count(answer)
      },
    }),
  }
}
