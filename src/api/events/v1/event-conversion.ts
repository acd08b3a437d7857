import { withFields } from '../../change.ts'
import type { Event as CoreEvent } from '../../core/v1/event.ts'
import type { Event } from './event.ts'

/** Both groups serve the same Events, stored in the form of the core one. */

/** An Event of events.k8s.io in the form of the core group. */
export function toCoreEvent(event: Event): CoreEvent {
  const { regarding, note, reportingController, reportingInstance, ...others } = event
  const {
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    ...same
  } = others
  return withFields({ ...same, apiVersion: 'v1' } as unknown as CoreEvent, {
    involvedObject: regarding,
    message: note,
    reportingComponent: reportingController ?? '',
    reportingInstance: reportingInstance ?? '',
    source: deprecatedSource,
    firstTimestamp: deprecatedFirstTimestamp,
    lastTimestamp: deprecatedLastTimestamp,
    count: deprecatedCount,
  })
}

/** An Event of the core group in the form of events.k8s.io. */
export function fromCoreEvent(event: CoreEvent): Event {
  const { involvedObject, message, reportingComponent, reportingInstance, ...others } = event
  const { source, firstTimestamp, lastTimestamp, count, ...same } = others
  return withFields({ ...same, apiVersion: 'events.k8s.io/v1' } as unknown as Event, {
    regarding: involvedObject,
    note: message,
    reportingController: reportingComponent || undefined,
    reportingInstance: reportingInstance || undefined,
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
    deprecatedCount: count,
  })
}
