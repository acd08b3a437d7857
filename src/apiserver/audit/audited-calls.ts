import { toStatus } from '../../apimachinery/status-error.ts'
import type { Random } from '../../base/random.ts'
import { httpRequest } from '../../client/paths.ts'
import { auditIds } from '../http/audit-ids.ts'
import { attributesOf } from '../pipeline/authorize.ts'
import type { Answer, Call, Handler } from '../pipeline/call.ts'
import type { Auditor, AuditRecord } from './auditor.ts'

const OWN_ADDRESS = '127.0.0.1'

/** Records the calls of components in the server's own process, which come by no HTTP. */
export function auditedCalls(auditor: Auditor, random: Random): (next: Handler) => Handler {
  const nextId = auditIds(random)
  const begin = ({ request, user, caller }: Call): AuditRecord | undefined =>
    auditor.begin(attributesOf(request, user), () => ({
      auditId: nextId(),
      uri: httpRequest(request).path,
      sourceIPs: [OWN_ADDRESS],
      userAgent: caller.userAgent,
    }))
  return (next) => async (call) => {
    const audit = begin(call)
    if (!audit) return next(call)
    try {
      const answer = await next({ ...call, audit })
      return completed(answer, audit)
    } catch (error) {
      audit.complete(toStatus(error).code)
      throw error
    }
  }
}

function completed(answer: Answer, audit: AuditRecord): Answer {
  if (answer.type === 'watch') return { ...answer, batches: untilEnd(answer.batches, audit) }
  audit.complete(answer.type === 'list' ? 200 : answer.code)
  return answer
}

async function* untilEnd<T>(batches: AsyncGenerator<T>, audit: AuditRecord): AsyncGenerator<T> {
  try {
    yield* batches
  } finally {
    audit.complete(200)
  }
}
