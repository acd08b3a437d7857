import { CertificateSigningRequest } from '../../api/certificates/v1/certificate-signing-request.ts'
import { timestamp, type Clock } from '../../base/clock.ts'
import type { Crypto } from '../../base/crypto.ts'
import { controller, type Controller, type Pass } from '../../controller-runtime/index.ts'
import { issueCertificate, type Authority } from '../../pki/authority.ts'
import { isSignedByItself, type CertificateRequest } from '../../pki/certificate-request.ts'
import { encodePem } from '../../pki/pem.ts'
import { hasCondition, readRequest } from './requests.ts'
import { SIGNERS } from './signers.ts'
import { certificateUsages } from './usages.ts'

export interface SigningOptions {
  readonly crypto: Crypto
  /** Signs what is approved; read anew each time, so that it may be replaced. */
  readonly authority: () => Authority
}

type Request = CertificateSigningRequest

const DURATION_SECONDS_MAX = 365 * 24 * 3600
const DURATION_SECONDS_MIN = 600
const BACKDATE_MS = 300_000 // The clocks of others may be behind ours.
const SHORT_MS = 8 * 3_600_000 // What lives shorter keeps its whole time from now on.

/** Signs approved requests for the signers that Kubernetes brings. */
export function certificateSigningController(options: SigningOptions): Controller {
  return controller<Request>('certificatesigningrequest-signing-controller', {
    for: CertificateSigningRequest,

    async reconcile(request, pass) {
      const rule = SIGNERS[request.spec.signerName]
      const isApproved = hasCondition(request, 'Approved') && !hasCondition(request, 'Denied')
      if (!rule || !isApproved || request.status.certificate || hasCondition(request, 'Failed')) {
        return
      }
      const asked = readRequest(request)
      const problem = asked
        ? (rule(asked, request.spec.usages ?? []) ?? signatureProblem(asked, options.crypto))
        : 'unable to parse csr'
      if (problem !== undefined || !asked) return fail(request, problem ?? '', pass)
      const certificate = issue(request, asked, options, pass.clock)
      const status = { ...request.status, certificate }
      await pass.client.updateStatus(CertificateSigningRequest, { ...request, status })
    },
  })
}

function signatureProblem(asked: CertificateRequest, crypto: Crypto): string | undefined {
  return isSignedByItself(crypto, asked) ? undefined : 'x509: invalid signature of the request'
}

/** The certificate, PEM in base64. */
function issue(
  { spec }: Request,
  asked: CertificateRequest,
  { crypto, authority }: SigningOptions,
  clock: Clock,
): string {
  const nowMs = clock.now()
  const lifeMs = durationMs(spec.expirationSeconds)
  const certificate = issueCertificate(crypto, authority(), {
    subject: asked.subjectName,
    publicKey: asked,
    ...certificateUsages(spec.usages ?? []),
    ...(asked.alternativeNames.der && { alternativeNames: asked.alternativeNames.der }),
    notBeforeMs: nowMs - BACKDATE_MS,
    notAfterMs: nowMs + lifeMs - (lifeMs < SHORT_MS ? 0 : BACKDATE_MS),
  })
  return new TextEncoder().encode(encodePem('CERTIFICATE', certificate.raw)).toBase64()
}

function durationMs(seconds = DURATION_SECONDS_MAX): number {
  return Math.min(Math.max(seconds, DURATION_SECONDS_MIN), DURATION_SECONDS_MAX) * 1000
}

async function fail(request: Request, message: string, { client, clock }: Pass): Promise<void> {
  const now = timestamp(clock)
  const failed = {
    type: 'Failed',
    status: 'True',
    reason: 'SignerValidationFailure',
    message,
    lastUpdateTime: now,
    lastTransitionTime: now,
  }
  const conditions = [...(request.status.conditions ?? []), failed]
  const status = { ...request.status, conditions }
  await client.updateStatus(CertificateSigningRequest, { ...request, status })
}
