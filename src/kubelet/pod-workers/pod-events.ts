import type { Pod } from '../../api/core/v1/pod.ts'
import type { EventRecorder, EventSubject } from '../../controller-runtime/event-recorder.ts'
import { specOf } from './spec-of.ts'

export type PodEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void

/** Tells of a Pod. */
export function podEvents(recorder: EventRecorder, pod: Pod): PodEvent {
  return (type, reason, message) => tell(recorder, subject(pod), type, reason, message)
}

/** Tells of a container of a Pod. */
export function containerEvents(recorder: EventRecorder, pod: Pod, name: string): PodEvent {
  const about = { ...subject(pod), fieldPath: fieldPath(pod, name) }
  return (type, reason, message) => tell(recorder, about, type, reason, message)
}

function tell(
  recorder: EventRecorder,
  about: EventSubject,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): void {
  if (type === 'Normal') recorder.normal(about, reason, message)
  else recorder.warning(about, reason, message)
}

function subject(pod: Pod): EventSubject {
  return { ...pod, apiVersion: 'v1', kind: 'Pod' }
}

function fieldPath({ spec }: Pod, name: string): string {
  if (spec.initContainers?.some((each) => each.name === name)) return `spec.initContainers{${name}}`
  if (spec.containers.some((each) => each.name === name)) return `spec.containers{${name}}`
  return specOf({ spec }, name) ? `spec.ephemeralContainers{${name}}` : ''
}
