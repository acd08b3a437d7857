import { int32, microTime, ref, string, time } from '../../../schema/field.ts'
import { Event as StoredEvent, EventSource } from '../../core/v1/event.ts'
import { ObjectReference } from '../../core/v1/reference.ts'
import { message, resource } from './group.ts'

export class EventSeries extends message('Counts repeated events of the same kind.', {
  count: int32(1, 'Number of events in the series so far.').required(),
  lastObservedTime: microTime(2, 'When the last event of the series was seen.').requiredDropped(),
}) {}

export class Event extends resource(
  'A report of something that happened to an object. Informative, and kept for a limited time.',
  { plural: 'events', shortNames: ['ev'], namespaced: true, storedAs: () => StoredEvent },
  {
    eventTime: microTime(
      2,
      'When the event was first observed, to the microsecond.',
    ).requiredDropped(),
    series: ref(
      EventSeries,
      3,
      'Data on the series the event belongs to. Unset for a single event.',
    ),
    reportingController: string(
      4,
      'Name of the controller that emitted the event, such as kubernetes.io/kubelet.',
    ),
    reportingInstance: string(5, 'ID of the controller instance, such as the name of its Pod.'),
    action: string(6, 'What the reporting component did or failed to do about the object.'),
    reason: string(7, 'Short machine-readable reason for what happened.'),
    regarding: ref(
      ObjectReference,
      8,
      'The object the event is about, usually the one its reporter manages.',
    ).written(),
    related: ref(ObjectReference, 9, 'Second object involved in more complex actions.'),
    note: string(10, 'Human-readable description of what happened. At most 1 kB.'),
    type: string(11, 'Kind of event: Normal or Warning.'),
    deprecatedSource: ref(
      EventSource,
      12,
      'Source of the event in the old core/v1 form. Kept for compatibility.',
    ).written(),
    deprecatedFirstTimestamp: time(
      13,
      'First occurrence in the old core/v1 form. Kept for compatibility.',
    ),
    deprecatedLastTimestamp: time(
      14,
      'Latest occurrence in the old core/v1 form. Kept for compatibility.',
    ),
    deprecatedCount: int32(
      15,
      'Number of occurrences in the old core/v1 form. Kept for compatibility.',
    ),
  },
) {}
