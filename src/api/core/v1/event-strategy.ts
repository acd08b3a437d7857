import { dns1123SubdomainProblems, type Problems } from '../../../apimachinery/names.ts'
import { invalid, required, type FieldError } from '../../../schema/field-error.ts'
import type { Strategy } from '../../strategy.ts'
import { NONE, problemsAt, qualifiedName } from '../../validation/rules.ts'
import type { Event } from './event.ts'

const LENGTH_MAX = 128
const MESSAGE_LENGTH_MAX = 1024

/** The rules of Events of the core group. Their names may be anything that is a name at all. */
export const eventStrategy: Strategy<Event> = {
  validateCreate: (event) => validateEvent(event, 'reportingComponent'),
  validateUpdate: (event) => validateEvent(event, 'reportingComponent'),
  validateName: dns1123SubdomainProblems,
  allowCreateOnUpdate: true,
  selectableFields: {
    'involvedObject.kind': ({ involvedObject }) => involvedObject.kind ?? '',
    'involvedObject.namespace': ({ involvedObject }) => involvedObject.namespace ?? '',
    'involvedObject.name': ({ involvedObject }) => involvedObject.name ?? '',
    'involvedObject.uid': ({ involvedObject }) => involvedObject.uid ?? '',
    'involvedObject.apiVersion': ({ involvedObject }) => involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': ({ involvedObject }) => involvedObject.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingComponent: ({ reportingComponent }) => reportingComponent,
    source: ({ source, reportingComponent }) => source.component || reportingComponent,
    type: ({ type }) => type ?? '',
  },
}

/** What holds for Events of both groups, in the terms of the core one. */
export function validateEvent(event: Event, controllerField: string): FieldError[] {
  const { namespace } = event.metadata
  return [
    ...(event.eventTime === undefined
      ? validateOldEvent(event)
      : validateNewEvent(event, controllerField)),
    ...problemsAt('namespace', namespace, dns1123SubdomainProblems(namespace)),
  ]
}

const NAMESPACE_TEXT = 'does not match event.namespace'

function validateOldEvent({ metadata, involvedObject }: Event): FieldError[] {
  const { namespace = '' } = involvedObject
  const matches =
    namespace === '' ? metadata.namespace === 'default' : namespace === metadata.namespace
  return matches ? NONE : [invalid('involvedObject.namespace', namespace, NAMESPACE_TEXT)]
}

function validateNewEvent(event: Event, controllerField: string): FieldError[] {
  const { metadata, involvedObject, reportingComponent: controller, message = '' } = event
  const isPlaced =
    involvedObject.namespace || ['default', 'kube-system'].includes(metadata.namespace)
  return [
    ...(isPlaced ? NONE : [invalid('involvedObject.namespace', '', NAMESPACE_TEXT)]),
    ...(controller ? NONE : [required(controllerField)]),
    ...qualifiedName(controller, controllerField),
    ...validateText(event.reportingInstance, 'reportingInstance'),
    ...validateText(event.action, 'action'),
    ...validateText(event.reason, 'reason'),
    ...problemsAt('message', '', lengthProblems(message, MESSAGE_LENGTH_MAX)),
  ]
}

function validateText(text: string | undefined, path: string): FieldError[] {
  return text ? problemsAt(path, '', lengthProblems(text, LENGTH_MAX)) : [required(path)]
}

function lengthProblems(text: string, max: number): Problems {
  return text.length > max ? [`can have at most ${max} characters`] : []
}
