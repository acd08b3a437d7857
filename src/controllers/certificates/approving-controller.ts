import { SubjectAccessReview } from '../../api/authorization/v1/subject-access-review.ts'
import { CertificateSigningRequest } from '../../api/certificates/v1/certificate-signing-request.ts'
import { timestamp } from '../../base/clock.ts'
import { controller, type Controller, type Pass } from '../../controller-runtime/index.ts'
import type { CertificateRequest } from '../../pki/certificate-request.ts'
import { hasCondition, readRequest } from './requests.ts'
import { KUBELET_CLIENT_SIGNER, kubeletClientProblem } from './signers.ts'

type Request = CertificateSigningRequest

/** A request that is approved by itself, where who asks may do this. */
interface Recognizer {
  readonly subresource: string
  readonly message: string
  recognizes(request: Request, asked: CertificateRequest): boolean
}

const RECOGNIZERS: readonly Recognizer[] = [
  {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
    recognizes: ({ spec }, { subject }) => spec.username === subject.commonName,
  },
  {
    subresource: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
    recognizes: () => true,
  },
]

/** Approves what kubelets ask for as clients, where they may ask: nodes that join, and nodes that renew. */
export const certificateApprovingController: Controller = controller<Request>(
  'certificatesigningrequest-approving-controller',
  {
    for: CertificateSigningRequest,

    async reconcile(request, pass) {
      const { status, spec, metadata } = request
      if (status.certificate || hasCondition(request, 'Approved')) return
      if (hasCondition(request, 'Denied') || spec.signerName !== KUBELET_CLIENT_SIGNER) return
      const asked = readRequest(request)
      if (!asked || kubeletClientProblem(asked, spec.usages ?? []) !== undefined) return
      const candidates = RECOGNIZERS.filter((each) => each.recognizes(request, asked))
      for (const { subresource, message } of candidates) {
        if (await isAllowed(request, subresource, pass)) return approve(request, message, pass)
      }
      const names = candidates.map(({ subresource }) => subresource).join(' ')
      throw new Error(
        `recognized csr "${metadata.name}" as [${names}] but subject access review was not approved`,
      )
    },
  },
)

async function isAllowed(
  { spec }: Request,
  subresource: string,
  { client }: Pass,
): Promise<boolean> {
  const { username = '', uid, groups, extra } = spec
  const { status } = await client.create(SubjectAccessReview, {
    spec: {
      user: username,
      ...(uid !== undefined && { uid }),
      ...(groups && { groups }),
      ...(extra && { extra }),
      resourceAttributes: {
        group: 'certificates.k8s.io',
        resource: 'certificatesigningrequests',
        verb: 'create',
        version: '*',
        subresource,
      },
    },
  })
  return status.allowed
}

async function approve(request: Request, message: string, { client, clock }: Pass): Promise<void> {
  const approved = {
    type: 'Approved',
    status: 'True',
    reason: 'AutoApproved',
    message,
    lastUpdateTime: timestamp(clock),
  }
  const conditions = [...(request.status.conditions ?? []), approved]
  const body = { ...request, status: { ...request.status, conditions } }
  const key = { name: request.metadata.name }
  await client.updateSubresource(CertificateSigningRequest, key, 'approval', body)
}
