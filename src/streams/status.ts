import { carriesStatus } from './protocols.ts'

/** What an exec or attach ends with: metav1.Status, as far as streaming uses it. */
export interface StreamStatus {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: Readonly<Record<string, never>>
  readonly status: 'Success' | 'Failure'
  readonly message?: string
  readonly reason?: string
  readonly details?: { readonly causes?: readonly StatusCause[] }
  readonly code?: number
}

interface StatusCause {
  readonly reason?: string
  readonly message?: string
}

const BASE = { kind: 'Status', apiVersion: 'v1', metadata: {} } as const

export function successStatus(): StreamStatus {
  return { ...BASE, status: 'Success' }
}

/** How a command ended: success for 0, else a failure that carries the exit code as kubectl expects it. */
export function exitStatus(code: number): StreamStatus {
  if (code === 0) return successStatus()
  return {
    ...BASE,
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
    message: `command terminated with non-zero exit code: exit status ${code}`,
  }
}

export function failureStatus(code: number, reason: string, message: string): StreamStatus {
  return { ...BASE, status: 'Failure', message, ...(reason === '' ? {} : { reason }), code }
}

export function internalErrorStatus(message: string): StreamStatus {
  return failureStatus(500, 'InternalError', `Internal error occurred: ${message}`)
}

/** The exit code that a status carries: 0 for success, undefined for a failure of another kind. */
export function exitCodeOf(status: StreamStatus): number | undefined {
  if (status.status === 'Success') return 0
  if (status.reason !== 'NonZeroExitCode') return undefined
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')
  return /^\d+$/.test(cause?.message ?? '') ? Number(cause?.message) : undefined
}

/** What goes onto the error stream; nothing for success before version 4. */
export function encodeStatus(protocol: string, status: StreamStatus): string {
  if (carriesStatus(protocol)) return JSON.stringify(status)
  return status.status === 'Success' ? '' : (status.message ?? '')
}

/** What came over the error stream. Text that is no Status becomes a failure with that text. */
export function decodeStatus(protocol: string, text: string): StreamStatus {
  if (carriesStatus(protocol))
    return parseStatus(text) ?? failureStatus(500, 'InternalError', statusProblem(text))
  return text === '' ? successStatus() : failureStatus(500, 'InternalError', text)
}

/** Undefined unless the text is the JSON of a Status. */
export function parseStatus(text: string): StreamStatus | undefined {
  try {
    const parsed = JSON.parse(text) as Partial<StreamStatus> | null
    const known = parsed?.status === 'Success' || parsed?.status === 'Failure'
    return known ? { ...BASE, ...(parsed as StreamStatus) } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function statusProblem(text: string): string {
  if (text === '') return 'error stream protocol error: unknown error'
  return `error stream protocol error: no Status in ${JSON.stringify(text.slice(0, 200))}`
}
