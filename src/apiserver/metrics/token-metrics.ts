import type { MetricSet } from '../../base/metrics.ts'

/** How often tokens of service accounts were shown, by what they are. */
export interface TokenMetrics {
  /** A token with extended life, in the time that was asked for. */
  valid(): void
  /** The same token after that: its bearer does not read it anew. */
  stale(): void
  /** A token that a Secret holds: made for the account by itself, made by somebody, or marked as invalid. */
  legacy(kind: 'auto' | 'manual' | 'invalidated'): void
}

export function tokenMetrics(set: MetricSet): TokenMetrics {
  const counter = (name: string, help: string): (() => void) => {
    const series = set.counter({ name: `serviceaccount_${name}`, help: `[ALPHA] ${help}` }).with()
    return () => series.inc()
  }
  const all = counter('legacy_tokens_total', 'Cumulative legacy service account tokens used')
  const kinds = {
    auto: counter('legacy_auto_token_uses_total', 'Cumulative auto-generated legacy tokens used'),
    manual: counter(
      'legacy_manual_token_uses_total',
      'Cumulative manually created legacy tokens used',
    ),
    invalidated: counter(
      'invalid_legacy_auto_token_uses_total',
      'Cumulative invalid auto-generated legacy tokens used',
    ),
  }
  return {
    valid: counter('valid_tokens_total', 'Cumulative valid projected service account tokens used'),
    stale: counter('stale_tokens_total', 'Cumulative stale projected service account tokens used'),
    legacy(kind) {
      all()
      kinds[kind]()
    },
  }
}
