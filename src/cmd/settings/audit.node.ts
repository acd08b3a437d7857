import { readFile } from 'node:fs/promises'
import { allBackends, type AuditBackend } from '../../apiserver/audit/audit-event.ts'
import { type Auditor, createAuditor } from '../../apiserver/audit/auditor.ts'
import { logBackend } from '../../apiserver/audit/log-backend.node.ts'
import { parseAuditPolicy } from '../../apiserver/audit/parse-audit-policy.ts'
import { truncated } from '../../apiserver/audit/truncate.ts'
import { webhookBackend } from '../../apiserver/audit/webhook-backend.node.ts'
import { systemClock } from '../../base/clock.node.ts'
import { pinoLogger } from '../../base/logger.node.ts'
import type { AuditFlags } from '../flags/audit-flags.ts'
import { bool, milliseconds, valueOf, wholeNumber } from '../flags/values.ts'
import { UserError } from '../user-error.ts'

const MEGABYTE = 1024 * 1024
const LOG_MEGABYTES_MAX = 100
const EVENT_BYTES_MAX = 100 * 1024

/**
 * What records requests, as the flags say; nothing where they name no policy, or nowhere to write to, as upstream has it.
 * `owner`: as whom this process will go on. Throws `UserError`.
 */
export async function auditOf(
  flags: AuditFlags,
  owner?: { readonly uid: number; readonly gid: number },
): Promise<Auditor | undefined> {
  const { auditPolicyFile: file, auditLogPath, auditWebhookConfigFile } = flags
  if (file === undefined) return undefined
  const policy = await explained('--audit-policy-file', async () =>
    parseAuditPolicy(await readFile(file, 'utf8')),
  )
  const backends: AuditBackend[] = []
  if (auditLogPath !== undefined)
    backends.push(await explained('--audit-log-path', () => logOf(flags, auditLogPath, owner)))
  if (auditWebhookConfigFile !== undefined) {
    const make = (): Promise<AuditBackend> => webhookOf(flags, auditWebhookConfigFile)
    backends.push(await explained('--audit-webhook-config-file', make))
  }
  if (backends.length === 0) return undefined
  return createAuditor({ policy, backend: allBackends(backends), clock: systemClock })
}

async function logOf(
  flags: AuditFlags,
  path: string,
  owner: { readonly uid: number; readonly gid: number } | undefined,
): Promise<AuditBackend> {
  const megabytes = valueOf(flags, 'auditLogMaxsize', wholeNumber) ?? LOG_MEGABYTES_MAX
  const options = {
    path,
    maxAgeDays: valueOf(flags, 'auditLogMaxage', wholeNumber) ?? 0,
    maxBackups: valueOf(flags, 'auditLogMaxbackup', wholeNumber) ?? 0,
    maxBytes: megabytes * MEGABYTE,
    ...(owner && { owner }),
    clock: systemClock,
    logger: pinoLogger(),
  }
  // All flags are read before there is anything to close.
  const bytesMax = valueOf(flags, 'auditLogTruncateMaxEventSize', wholeNumber) ?? EVENT_BYTES_MAX
  const isCut = valueOf(flags, 'auditLogTruncateEnabled', bool) ?? false
  const backend = await logBackend(options)
  return isCut ? truncated(backend, bytesMax) : backend
}

async function webhookOf(flags: AuditFlags, kubeconfig: string): Promise<AuditBackend> {
  const options = {
    bufferMax: valueOf(flags, 'auditWebhookBatchBufferSize', wholeNumber) ?? 10_000,
    batchMax: valueOf(flags, 'auditWebhookBatchMaxSize', wholeNumber) ?? 400,
    waitMsMax: valueOf(flags, 'auditWebhookBatchMaxWait', milliseconds) ?? 30_000,
    retryMs: valueOf(flags, 'auditWebhookInitialBackoff', milliseconds) ?? 10_000,
    clock: systemClock,
    logger: pinoLogger(),
  }
  const bytesMax =
    valueOf(flags, 'auditWebhookTruncateMaxEventSize', wholeNumber) ?? EVENT_BYTES_MAX
  const isCut = valueOf(flags, 'auditWebhookTruncateEnabled', bool) ?? false
  const backend = await webhookBackend(kubeconfig, options)
  return isCut ? truncated(backend, bytesMax) : backend
}

async function explained<T>(flag: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make()
  } catch (cause) {
    if (cause instanceof UserError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UserError(`Cannot use ${flag}: ${why}`, { cause })
  }
}
