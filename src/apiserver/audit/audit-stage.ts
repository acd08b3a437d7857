import {
  mediaTypeOf,
  APPLY_CBOR_PATCH_TYPE,
  APPLY_YAML_PATCH_TYPE,
} from '../../apimachinery/media-types.ts'
import { toStatus } from '../../apimachinery/status-error.ts'
import { parseYaml } from '../../apimachinery/yaml.ts'
import { decodeCbor } from '../../schema/cbor.ts'
import { parseJson } from '../../schema/json.ts'
import type { Answer, Call, Stage } from '../pipeline/call.ts'
import { RawBody } from '../pipeline/raw-body.ts'
import { valueOf } from '../pipeline/values.ts'
import { isAtLeast } from './audit-event.ts'
import type { AuditRecord } from './auditor.ts'

/** Puts into a call's record what it is answered with; what it brings is put there where it is decoded. */
export const auditStage: Stage = (next) => async (call) => {
  const { audit } = call
  if (!audit) return next(call)
  if (call.request.verb === 'patch' && isAtLeast(audit.level, 'Request'))
    audit.requestObject(patchIn(call))
  try {
    const answer = await next(call)
    recordAnswer(audit, answer)
    return answer
  } catch (error) {
    audit.failed(toStatus(error))
    throw error
  }
}

function recordAnswer(audit: AuditRecord, answer: Answer): void {
  if (answer.type === 'watch') audit.responseStarted(200)
  else if (audit.level === 'RequestResponse') audit.responseObject(valueOf(answer))
}

/** The patch of a call as it came; undefined where it cannot be read, which fails the call later. */
function patchIn({ request: { body } }: Call): unknown {
  if (!(body instanceof RawBody)) return body
  const { bytes, contentType } = body
  try {
    const type = mediaTypeOf(contentType)
    if (type === APPLY_CBOR_PATCH_TYPE) return decodeCbor(bytes)
    const text = new TextDecoder().decode(bytes)
    return type === APPLY_YAML_PATCH_TYPE ? parseYaml(text).value : parseJson(text)
  } catch {
    return undefined
  }
}
