import { readFile } from 'node:fs/promises'
import { parseDuration } from '../../apimachinery/durations.ts'
import { allBackends, type AuditBackend } from '../../apiserver/audit/audit-event.ts'
import { type Auditor, createAuditor } from '../../apiserver/audit/auditor.ts'
import { logBackend } from '../../apiserver/audit/log-backend.node.ts'
import { parseAuditPolicy } from '../../apiserver/audit/parse-audit-policy.ts'
import { truncated } from '../../apiserver/audit/truncate.ts'
import { webhookBackend } from '../../apiserver/audit/webhook-backend.node.ts'
import { systemClock } from '../../base/clock.node.ts'
import { pinoLogger } from '../../base/logger.node.ts'
import type { AuditFlags } from '../flags/audit-flags.ts'
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
  const backend = await logBackend({
    path,
    maxAgeDays: wholeNumber(flags, 'auditLogMaxage', 0),
    maxBackups: wholeNumber(flags, 'auditLogMaxbackup', 0),
    maxBytes: wholeNumber(flags, 'auditLogMaxsize', LOG_MEGABYTES_MAX) * MEGABYTE,
    ...(owner && { owner }),
    clock: systemClock,
    logger: pinoLogger(),
  })
  if (flags.auditLogTruncateEnabled !== 'true') return backend
  return truncated(backend, wholeNumber(flags, 'auditLogTruncateMaxEventSize', EVENT_BYTES_MAX))
}

async function webhookOf(flags: AuditFlags, kubeconfig: string): Promise<AuditBackend> {
  const { auditWebhookBatchMaxWait: wait, auditWebhookInitialBackoff: backoff } = flags
  const backend = await webhookBackend(kubeconfig, {
    bufferMax: wholeNumber(flags, 'auditWebhookBatchBufferSize', 10_000),
    batchMax: wholeNumber(flags, 'auditWebhookBatchMaxSize', 400),
    waitMsMax: milliseconds('audit-webhook-batch-max-wait', wait ?? '30s'),
    retryMs: milliseconds('audit-webhook-initial-backoff', backoff ?? '10s'),
    clock: systemClock,
    logger: pinoLogger(),
  })
  if (flags.auditWebhookTruncateEnabled !== 'true') return backend
  const bytes = wholeNumber(flags, 'auditWebhookTruncateMaxEventSize', EVENT_BYTES_MAX)
  return truncated(backend, bytes)
}

function wholeNumber(flags: AuditFlags, key: keyof AuditFlags, otherwise: number): number {
  const text = flags[key]
  if (text === undefined) return otherwise
  if (/^\d{1,9}$/.test(text)) return Number(text)
  const name = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  throw new UserError(`--${name} ${text} is not a whole number.`, { exitCode: 2 })
}

function milliseconds(name: string, text: string): number {
  try {
    return parseDuration(text)
  } catch (cause) {
    const sentence = `--${name} ${text} is no duration: give for example 30s.`
    throw new UserError(sentence, { exitCode: 2, cause })
  }
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
