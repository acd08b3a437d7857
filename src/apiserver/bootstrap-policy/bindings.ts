import type { Subject } from '../../api/rbac/v1/common.ts'

/** A subject of a binding, as plain data. */
export type PolicySubject = Partial<Pick<Subject, Extract<keyof Subject, string>>> & {
  readonly kind: string
  readonly name: string
}

const apiGroup = 'rbac.authorization.k8s.io'
const SYSTEM = 'kube-system'

function user(name: string): PolicySubject {
  return { kind: 'User', apiGroup, name }
}

function group(name: string): PolicySubject {
  return { kind: 'Group', apiGroup, name }
}

/** A service account of kube-system. */
export function systemAccount(name: string): PolicySubject {
  return { kind: 'ServiceAccount', name, namespace: SYSTEM }
}

const AUTHENTICATED = group('system:authenticated')
const CONTROLLER_MANAGER = user('system:kube-controller-manager')
const SCHEDULER = user('system:kube-scheduler')

/** Who has which ClusterRole everywhere; the binding is named for the role. */
export const CLUSTER_SUBJECTS: Readonly<Record<string, readonly PolicySubject[]>> = {
  'cluster-admin': [group('system:masters')],
  'system:basic-user': [AUTHENTICATED],
  'system:discovery': [AUTHENTICATED],
  'system:kube-controller-manager': [CONTROLLER_MANAGER],
  'system:kube-dns': [systemAccount('kube-dns')],
  'system:kube-scheduler': [SCHEDULER],
  'system:monitoring': [group('system:monitoring')],
  // Nodes have their own authorizer; whoever runs without it adds the group system:nodes here.
  'system:node': [],
  'system:node-proxier': [user('system:kube-proxy')],
  'system:public-info-viewer': [AUTHENTICATED, group('system:unauthenticated')],
  'system:service-account-issuer-discovery': [group('system:serviceaccounts')],
  'system:volume-scheduler': [SCHEDULER],
}

/** A RoleBinding of the system; it is named for its role where it has no name of its own. */
export interface NamespaceBinding {
  readonly namespace: string
  readonly name?: string
  readonly role: string
  readonly subjects: readonly PolicySubject[]
}

/** Who has which Role of the system's namespaces. */
export const NAMESPACE_BINDINGS: readonly NamespaceBinding[] = [
  {
    namespace: 'kube-public',
    role: 'system:controller:bootstrap-signer',
    subjects: [systemAccount('bootstrap-signer')],
  },
  {
    namespace: SYSTEM,
    name: 'system::extension-apiserver-authentication-reader',
    role: 'extension-apiserver-authentication-reader',
    subjects: [CONTROLLER_MANAGER, SCHEDULER],
  },
  {
    namespace: SYSTEM,
    role: 'system::leader-locking-kube-controller-manager',
    subjects: [CONTROLLER_MANAGER, systemAccount('kube-controller-manager')],
  },
  {
    namespace: SYSTEM,
    role: 'system::leader-locking-kube-scheduler',
    subjects: [SCHEDULER, systemAccount('kube-scheduler')],
  },
  ...['bootstrap-signer', 'cloud-provider', 'token-cleaner'].map((name) => ({
    namespace: SYSTEM,
    role: `system:controller:${name}`,
    subjects: [systemAccount(name)],
  })),
]
