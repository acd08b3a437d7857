import { equal } from '../../../apimachinery/equality.ts'
import { invalid, required, type FieldError } from '../../../schema/field-error.ts'
import type { Event as CoreEvent } from '../../core/v1/event.ts'
import { validateEvent } from '../../core/v1/event-strategy.ts'
import type { Strategy } from '../../strategy.ts'
import { immutable, NONE } from '../../validation/rules.ts'
import { toCoreEvent } from './event-conversion.ts'
import type { Event } from './event.ts'

/** The rules of Events of events.k8s.io: stricter than those of the core group, in the core one's terms. */
export const eventStrategy: Strategy<Event> = {
  validateCreate: (event) => validateCreate(toCoreEvent(event)),
  validateUpdate: (event, old) => validateUpdate(toCoreEvent(event), toCoreEvent(old)),
  allowCreateOnUpdate: true,
  fieldLabels: {
    'regarding.kind': 'involvedObject.kind',
    'regarding.namespace': 'involvedObject.namespace',
    'regarding.name': 'involvedObject.name',
    'regarding.uid': 'involvedObject.uid',
    'regarding.apiVersion': 'involvedObject.apiVersion',
    'regarding.resourceVersion': 'involvedObject.resourceVersion',
    'regarding.fieldPath': 'involvedObject.fieldPath',
    reason: 'reason',
    reportingController: 'reportingComponent',
    type: 'type',
  },
}

function validateCreate(event: CoreEvent): FieldError[] {
  const { type = '', firstTimestamp, lastTimestamp, count, source } = event
  const unset = 'needs to be unset'
  return [
    ...validateEvent(event, 'reportingController'),
    ...validateSeries(event),
    ...(event.eventTime === undefined ? [required('eventTime')] : NONE),
    ...(type === 'Normal' || type === 'Warning'
      ? NONE
      : [invalid('type', '', `has invalid value: ${type}`)]),
    ...(firstTimestamp === undefined ? NONE : [invalid('firstTimestamp', '', unset)]),
    ...(lastTimestamp === undefined ? NONE : [invalid('lastTimestamp', '', unset)]),
    ...(count ? [invalid('count', '', unset)] : NONE),
    ...(source.component || source.host ? [invalid('source', '', unset)] : NONE),
  ]
}

function validateSeries({ series }: CoreEvent): FieldError[] {
  if (!series) return NONE
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : NONE),
    ...(series.lastObservedTime === undefined ? [required('series.lastObservedTime')] : NONE),
  ]
}

const IMMUTABLE_FIELDS = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingComponent',
  'reportingInstance',
] as const

function validateUpdate(event: CoreEvent, old: CoreEvent): FieldError[] {
  return [
    ...validateEvent(event, 'reportingController'),
    ...(equal(event.series, old.series) ? NONE : validateSeries(event)),
    ...IMMUTABLE_FIELDS.flatMap((field) =>
      immutable(
        event[field],
        old[field],
        field === 'reportingComponent' ? 'reportingController' : field,
      ),
    ),
  ]
}
