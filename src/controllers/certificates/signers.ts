import type { CertificateRequest } from '../../pki/certificate-request.ts'

export const KUBELET_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet'
export const KUBELET_SERVING_SIGNER = 'kubernetes.io/kubelet-serving'

const NODES_GROUP = 'system:nodes'
const NODE_PREFIX = 'system:node:'

/** What is wrong with a request, in Kubernetes' words; undefined where its signer may sign it. */
type Rule = (request: CertificateRequest, usages: readonly string[]) => string | undefined

/** The signers that Kubernetes brings. https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers */
export const SIGNERS: Readonly<Record<string, Rule>> = {
  'kubernetes.io/kube-apiserver-client': (_request, usages) => clientUsageProblem(usages),
  [KUBELET_CLIENT_SIGNER]: kubeletClientProblem,
  [KUBELET_SERVING_SIGNER]: kubeletServingProblem,
  // Kept for requests of old; what they want is nobody's business.
  'kubernetes.io/legacy-unknown': () => undefined,
}

/** What keeps a request from being one for a kubelet's client certificate. */
export function kubeletClientProblem(
  { subject, alternativeNames: names }: CertificateRequest,
  usages: readonly string[],
): string | undefined {
  return (
    nodesGroupProblem(subject.organizations) ??
    when(names.dns > 0, 'DNS subjectAltNames are not allowed') ??
    when(names.email > 0, 'Email subjectAltNames are not allowed') ??
    when(names.ip > 0, 'IP subjectAltNames are not allowed') ??
    when(names.uri > 0, 'URI subjectAltNames are not allowed') ??
    nodeNameProblem(subject.commonName) ??
    usageProblem(usages, 'client auth')
  )
}

/** The same for the certificate that a kubelet's API serves with. */
export function kubeletServingProblem(
  { subject, alternativeNames: names }: CertificateRequest,
  usages: readonly string[],
): string | undefined {
  return (
    nodesGroupProblem(subject.organizations) ??
    when(names.dns + names.ip === 0, 'DNS or IP subjectAltName is required') ??
    when(names.email > 0, 'Email subjectAltNames are not allowed') ??
    when(names.uri > 0, 'URI subjectAltNames are not allowed') ??
    usageProblem(usages, 'server auth') ??
    nodeNameProblem(subject.commonName)
  )
}

function clientUsageProblem(usages: readonly string[]): string | undefined {
  const allowed = ['digital signature', 'key encipherment', 'client auth']
  const other = usages.find((usage) => !allowed.includes(usage))
  if (other !== undefined) return `invalid usage for client certificate: ${other}`
  return when(
    !usages.includes('client auth'),
    'missing required usage for client certificate: client auth',
  )
}

function nodesGroupProblem(organizations: readonly string[]): string | undefined {
  const isNodes = organizations.length === 1 && organizations[0] === NODES_GROUP
  return when(!isNodes, `subject organization is not ${NODES_GROUP}`)
}

function nodeNameProblem(commonName: string): string | undefined {
  return when(
    !commonName.startsWith(NODE_PREFIX),
    `subject common name does not begin with ${NODE_PREFIX}`,
  )
}

/** Keys other than RSA encipher no keys, so that usage may be left out. */
function usageProblem(usages: readonly string[], purpose: string): string | undefined {
  const required = ['digital signature', purpose]
  const all = ['digital signature', 'key encipherment', purpose].toSorted()
  const fits =
    required.every((usage) => usages.includes(usage)) &&
    usages.every((usage) => all.includes(usage))
  return when(!fits, `usages did not match [${all.join(' ')}]`)
}

function when(isWrong: boolean, problem: string): string | undefined {
  return isWrong ? problem : undefined
}
