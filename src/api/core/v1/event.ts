import { int32, microTime, ref, string, time } from '../../../schema/field.ts'
import { ObjectReference } from './reference.ts'
import { message, resource } from './group.ts'

export class EventSeries extends message('Counts repeated events of the same kind.', {
  count: int32(1, 'Number of events in the series so far.'),
  lastObservedTime: microTime(2, 'When the last event of the series was seen.'),
}) {}

export class EventSource extends message('Where an event came from.', {
  component: string(1, 'Component that reported the event.'),
  host: string(2, 'Node on which the event was reported.'),
}) {}

export class Event extends resource(
  'A report of something that happened to an object. Informative, and kept for a limited time.',
  { plural: 'events', shortNames: ['ev'], namespaced: true, requiredMetadata: true },
  {
    involvedObject: ref(ObjectReference, 2, 'The object that the event is about.').required(),
    reason: string(3, 'Short machine-readable reason for what happened.'),
    message: string(4, 'Human-readable text about what happened.'),
    source: ref(EventSource, 5, 'Component that reported the event.').written(),
    firstTimestamp: time(6, 'When the event was first seen.'),
    lastTimestamp: time(7, 'When the event was last seen.'),
    count: int32(8, 'How many times the event has been seen.'),
    type: string(9, 'Kind of event: Normal or Warning.'),
    eventTime: microTime(10, 'When the event was first observed, to the microsecond.'),
    series: ref(
      EventSeries,
      11,
      'Data on the series the event belongs to. Unset for a single event.',
    ),
    action: string(12, 'What the reporting component did or failed to do about the object.'),
    related: ref(ObjectReference, 13, 'Second object involved in more complex actions.'),
    reportingComponent: string(
      14,
      'Name of the controller that reported the event, such as kubernetes.io/kubelet.',
    ).written(),
    reportingInstance: string(
      15,
      'ID of the controller instance, such as the name of its Pod.',
    ).written(),
  },
) {}
