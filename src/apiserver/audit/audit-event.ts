import type { Status } from '../../apimachinery/status.ts'

/** How much of a request is recorded; each level says more than the one before. */
export const LEVELS = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
export type Level = (typeof LEVELS)[number]

/** At which points of a request an event is made. */
export const STAGES = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const
export type Stage = (typeof STAGES)[number]

export function isAtLeast(level: Level, least: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least)
}

/** Who asks, as `authentication.k8s.io/v1` writes it. */
export interface AuditUser {
  readonly username: string
  readonly uid?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

export interface ObjectReference {
  readonly resource: string
  readonly namespace?: string
  readonly name?: string
  readonly uid?: string
  readonly apiGroup?: string
  readonly apiVersion: string
  readonly resourceVersion?: string
  readonly subresource?: string
}

/** One event of the audit log (audit.k8s.io/v1), its fields in upstream's order. */
export interface AuditEvent {
  readonly kind: 'Event'
  readonly apiVersion: 'audit.k8s.io/v1'
  readonly level: Level
  readonly auditID: string
  readonly stage: Stage
  readonly requestURI: string
  readonly verb: string
  readonly user: AuditUser
  readonly impersonatedUser?: AuditUser
  readonly sourceIPs?: readonly string[]
  readonly userAgent?: string
  readonly objectRef?: ObjectReference
  readonly responseStatus?: Partial<Status> & { readonly metadata: object; readonly code: number }
  readonly requestObject?: unknown
  readonly responseObject?: unknown
  /** RFC 3339 with microseconds. */
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** Where events go. */
export interface AuditBackend extends AsyncDisposable {
  /** Takes an event; never waits, and never throws. Disposing waits until all are where they belong. */
  send(event: AuditEvent): void
  /** How many events were not recorded, by upstream's names of what lost them; absent where none can be lost. */
  lost?(): LostEvents
}

export type LostEvents = Readonly<Partial<Record<'log' | 'truncate' | 'webhook', number>>>

/** Hands each event to all. */
export function allBackends(backends: readonly AuditBackend[]): AuditBackend {
  const [only] = backends
  if (only && backends.length === 1) return only
  return {
    send(event) {
      for (const backend of backends) backend.send(event)
    },
    lost: () => sumOf(backends.map((each) => each.lost?.() ?? {})),
    async [Symbol.asyncDispose]() {
      await Promise.all(backends.map((each) => each[Symbol.asyncDispose]()))
    },
  }
}

function sumOf(all: readonly LostEvents[]): LostEvents {
  const sum: { [plugin: string]: number } = {}
  for (const [plugin, count] of all.flatMap((each) => Object.entries(each)))
    sum[plugin] = (sum[plugin] ?? 0) + count
  return sum
}
