import { CertificateSigningRequest } from '../../api/certificates/v1/certificate-signing-request.ts'
import { controller, requeueAfter, type Controller } from '../../controller-runtime/index.ts'
import { certificateFromPem } from '../../pki/certificate.ts'
import { DerError } from '../../pki/der-reader.ts'
import { unlessGone } from '../common/unless-gone.ts'

type Request = CertificateSigningRequest

const HOUR_MS = 3_600_000
const PENDING_MS = 24 * HOUR_MS

/** Removes requests that are of no use any more: answered an hour ago, unanswered for a day, or expired. */
export const certificateCleanerController: Controller = controller<Request>(
  'certificatesigningrequest-cleaner-controller',
  {
    for: CertificateSigningRequest,

    async reconcile(request, { client, clock }) {
      const { name, uid } = request.metadata
      const waitMs = cleanAt(request) - clock.now()
      if (waitMs === Infinity) return undefined
      if (waitMs > 0) return requeueAfter(waitMs)
      await unlessGone(
        client.delete(CertificateSigningRequest, { name }, { preconditions: { uid } }),
      )
      return undefined
    },
  },
)

/** When a request is to go, in milliseconds since the epoch. */
export function cleanAt({ metadata, status }: Request): number {
  const { conditions = [], certificate } = status
  if (conditions.length === 0) return Date.parse(metadata.creationTimestamp) + PENDING_MS
  const answered = conditions
    // One that is approved waits for its certificate.
    .filter(
      ({ type }) => type === 'Denied' || type === 'Failed' || (type === 'Approved' && certificate),
    )
    .map(({ lastUpdateTime }) => Date.parse(lastUpdateTime ?? metadata.creationTimestamp) + HOUR_MS)
  return Math.min(expiry(certificate), ...answered)
}

function expiry(certificate: string | undefined): number {
  if (!certificate) return Infinity
  try {
    const pem = new TextDecoder().decode(Uint8Array.fromBase64(certificate))
    return certificateFromPem(pem).notAfterMs
  } catch (error) {
    if (error instanceof DerError || error instanceof SyntaxError) return Infinity
    throw error
  }
}
