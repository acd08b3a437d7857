import { encodeJson } from '../../schema/json.ts'
import { byteLength } from '../../apimachinery/names.ts'
import type { AuditBackend, AuditEvent } from './audit-event.ts'

const TRUNCATED = 'audit.k8s.io/truncated'

/** Takes the objects out of events that are too long, and leaves out what is too long even so. */
export function truncated(backend: AuditBackend, bytesMax: number): AuditBackend {
  const fits = (event: AuditEvent): boolean => byteLength(encodeJson(event)) <= bytesMax
  let lost = 0
  return {
    send(event) {
      if (fits(event)) return backend.send(event)
      const shorter = withoutObjects(event)
      if (fits(shorter)) backend.send(shorter)
      else lost++
    },
    lost: () => ({ ...backend.lost?.(), truncate: lost }),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  }
}

function withoutObjects(event: AuditEvent): AuditEvent {
  const { requestObject: _request, responseObject: _response, annotations, ...rest } = event
  return { ...rest, annotations: { ...annotations, [TRUNCATED]: 'true' } }
}
