/** What a controller is written with. */
export {
  controller,
  watch,
  type Controller,
  type ControllerContext,
  type ControllerSpec,
  type Pass,
  type Watch,
} from './controller.ts'
export { done, requeueAfter, TerminalError, type Result } from './result.ts'
export { firstFailure, slowStart } from './slow-start.ts'
export { startManager, type Manager, type ManagerOptions } from './manager.ts'
export { startOperator, type OperatorOptions } from './start-operator.ts'
export { runElected, LeadershipLostError, type LeaderElectionOptions } from './leader-election.ts'
export { createEventRecorder, type EventRecorder, type EventSubject } from './event-recorder.ts'
export { measuredQueue } from './measured-queue.ts'
export { WorkQueue } from './work-queue.ts'
export { controllerMetrics, type ControllerMetrics, type PassOutcome } from './metrics.ts'
export { createPassCache, type PassCache } from './pass-cache.ts'
export { isRace } from './pending-writes.ts'
export { indexBy, type Index } from '../client/object-cache.ts'
export type { ObjectKey } from '../client/client.ts'
export { isConflict, isNotFound } from '../apimachinery/status-predicates.ts'
export { controllerReferenceTo } from '../apimachinery/owner-references.ts'
export { customClass, type AnyObject } from '../client/dynamic-class.ts'
