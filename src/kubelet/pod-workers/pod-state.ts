import type { Pod } from '../../api/core/v1/pod.ts'
import type { Logger } from '../../base/logger.ts'
import type { Made } from '../runtime/read-runtime-pod.ts'
import type { RuntimePod } from '../runtime/runtime-pod.ts'
import type { PodFailure } from './plan-types.ts'
import type { Operations } from './pod-operations.ts'
import type { Retries } from './retries.ts'
import type { WorkerContext } from './worker-context.ts'

/** What the parts of a Pod's worker share. */
export interface PodState {
  readonly context: WorkerContext
  readonly logger: Logger
  /** Aborts when the agent stops. */
  readonly signal: AbortSignal
  readonly ops: Operations
  readonly retries: Retries
  /** The Pod with the status that was last made for it. */
  pod(): Pod
  runtime(): RuntimePod
  /** The Pod's addresses, the primary one first. */
  addresses(): readonly string[]
  /** The node cannot keep the Pod: ends it. */
  refuse(failure: PodFailure): void
  /** Has the runtime read again. */
  touch(): void
  /** Has what was made read: nothing else has changed. */
  made(made: Made): void
}
