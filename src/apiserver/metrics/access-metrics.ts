import type { MetricSet } from '../../base/metrics.ts'

/** Hears how clients were recognised and what they were allowed. */
export interface AccessMetrics {
  authenticated(
    result: 'success' | 'error' | 'failure',
    user: string | undefined,
    seconds: number,
  ): void
  authorized(result: 'allowed' | 'denied' | 'no-opinion' | 'error', seconds: number): void
}

const AUTHENTICATION_SECONDS = powersOfTwo(0.001, 15)
const AUTHORIZATION_SECONDS = powersOfTwo(0.001, 15)
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
    buckets: AUTHENTICATION_SECONDS,
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
    buckets: AUTHORIZATION_SECONDS,
  })
  // Looked up once: every request is counted here.
  const known = { other: users.with('other') }
  const success = { count: attempts.with('success'), seconds: authentication.with('success') }
  const allowed = { count: authorizations.with('allowed'), seconds: authorization.with('allowed') }
  return {
    authenticated(result, user, seconds) {
      if (user !== undefined) (COMMON_USERS.includes(user) ? users.with(user) : known.other).inc()
      const { count, seconds: durations } =
        result === 'success'
          ? success
          : { count: attempts.with(result), seconds: authentication.with(result) }
      count.inc()
      durations.observe(seconds)
    },
    authorized(result, seconds) {
      const { count, seconds: durations } =
        result === 'allowed'
          ? allowed
          : { count: authorizations.with(result), seconds: authorization.with(result) }
      count.inc()
      durations.observe(seconds)
    },
  }
}

function powersOfTwo(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => first * 2 ** i)
}
