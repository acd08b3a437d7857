import type { MetricSet } from '../../base/metrics.ts'
import type { Auditor } from '../audit/auditor.ts'

/** Tells what an auditor has recorded. */
export interface AuditMetrics {
  follow(auditor: Pick<Auditor, 'counts'>): void
}

export function auditMetrics(set: MetricSet): AuditMetrics {
  const events = set.counter({
    name: 'apiserver_audit_event_total',
    help: '[ALPHA] Counter of audit events generated and sent to the audit backend.',
  })
  const errors = set.counter({
    name: 'apiserver_audit_error_total',
    help: '[ALPHA] Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by the error.',
    labels: ['plugin'],
  })
  const levels = set.counter({
    name: 'apiserver_audit_level_total',
    help: '[ALPHA] Counter of policy levels for audit events (1 per request).',
    labels: ['level'],
  })
  const rejected = set.counter({
    name: 'apiserver_audit_requests_rejected_total',
    help: '[ALPHA] Counter of apiserver requests rejected due to an error in audit logging backend.',
  })
  // Upstream's are there without a policy too; and nothing here rejects a request because of its record.
  events.with()
  rejected.with()
  return {
    follow: (auditor) =>
      set.onCollect(() => {
        const counts = auditor.counts()
        events.with().set(counts.events)
        for (const [level, count] of counts.levels) levels.with(level).set(count)
        for (const [plugin, count] of Object.entries(counts.lost)) errors.with(plugin).set(count)
      }),
  }
}
