import type { FlagDefinition } from './definition.ts'

/** What the flags say of the API server itself, by upstream's names. */
export interface ServerFlags {
  readonly maxRequestsInflight?: string
  readonly maxMutatingRequestsInflight?: string
  readonly enablePriorityAndFairness?: string
  readonly requestTimeout?: string
  readonly minRequestTimeout?: string
  readonly shutdownDelayDuration?: string
  readonly eventTtl?: string
  readonly tracingConfigFile?: string
}

export const SERVER_FLAGS: readonly FlagDefinition[] = [
  {
    name: 'max-requests-inflight',
    argument: 'N',
    help: 'how many reads at once; with fairness, its share of the seats (400)',
  },
  {
    name: 'max-mutating-requests-inflight',
    argument: 'N',
    help: 'how many writes at once; with fairness, its share of the seats (200)',
  },
  {
    name: 'enable-priority-and-fairness',
    argument: 'BOOL',
    help: 'share the API server fairly between its clients (true)',
  },
  { name: 'request-timeout', argument: 'DURATION', help: 'how long a request may take (1m0s)' },
  {
    name: 'min-request-timeout',
    argument: 'SECONDS',
    help: 'how long watches last at least that do not say (1800)',
  },
  {
    name: 'shutdown-delay-duration',
    argument: 'DURATION',
    help: 'how long the API server serves on when it is told to stop, but is not ready (0s)',
  },
  { name: 'event-ttl', argument: 'DURATION', help: 'how long Events are kept (1h0m0s)' },
  { name: 'tracing-config-file', argument: 'FILE', help: 'a TracingConfiguration' },
]
