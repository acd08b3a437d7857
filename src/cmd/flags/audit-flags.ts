import type { FlagDefinition } from './definition.ts'

/** What the flags say of the audit log, by upstream's names. */
export interface AuditFlags {
  readonly auditPolicyFile?: string
  readonly auditLogPath?: string
  readonly auditLogMaxage?: string
  readonly auditLogMaxbackup?: string
  readonly auditLogMaxsize?: string
  readonly auditLogTruncateEnabled?: string
  readonly auditLogTruncateMaxEventSize?: string
  readonly auditWebhookConfigFile?: string
  readonly auditWebhookBatchBufferSize?: string
  readonly auditWebhookBatchMaxSize?: string
  readonly auditWebhookBatchMaxWait?: string
  readonly auditWebhookInitialBackoff?: string
  readonly auditWebhookTruncateEnabled?: string
  readonly auditWebhookTruncateMaxEventSize?: string
}

export const AUDIT_FLAGS: readonly FlagDefinition[] = [
  { name: 'audit-policy-file', argument: 'FILE', help: 'which requests are recorded, how far' },
  {
    name: 'audit-log-path',
    argument: 'FILE',
    help: 'where they are recorded; - is standard output',
  },
  { name: 'audit-log-maxage', argument: 'DAYS', help: 'how long old audit logs are kept' },
  { name: 'audit-log-maxbackup', argument: 'N', help: 'how many old audit logs are kept' },
  {
    name: 'audit-log-maxsize',
    argument: 'MB',
    help: 'from which size on a new audit log is begun (100)',
  },
  { name: 'audit-log-truncate-enabled', argument: 'BOOL', help: 'take long objects out' },
  { name: 'audit-log-truncate-max-event-size', argument: 'BYTES', help: 'what is long (102400)' },
  {
    name: 'audit-webhook-config-file',
    argument: 'FILE',
    help: 'a kubeconfig: where records are sent to',
  },
  {
    name: 'audit-webhook-batch-buffer-size',
    argument: 'N',
    help: 'how many records may wait (10000)',
  },
  { name: 'audit-webhook-batch-max-size', argument: 'N', help: 'how many are sent at once (400)' },
  {
    name: 'audit-webhook-batch-max-wait',
    argument: 'DURATION',
    help: 'how long a record waits at most (30s)',
  },
  {
    name: 'audit-webhook-initial-backoff',
    argument: 'DURATION',
    help: 'until the first further attempt (10s)',
  },
  { name: 'audit-webhook-truncate-enabled', argument: 'BOOL', help: 'take long objects out' },
  {
    name: 'audit-webhook-truncate-max-event-size',
    argument: 'BYTES',
    help: 'what is long (102400)',
  },
]
