import { EVENTS, READ, rule, type Rule } from './rules.ts'

/** The Roles of the system's namespaces. */
export const NAMESPACE_RULES: readonly {
  readonly namespace: string
  readonly name: string
  readonly rules: readonly Rule[]
}[] = [
  {
    namespace: 'kube-public',
    name: 'system:controller:bootstrap-signer',
    rules: [
      rule(READ, '', 'configmaps'),
      rule('update', '', 'configmaps', ['cluster-info']),
      EVENTS,
    ],
  },
  {
    namespace: 'kube-system',
    name: 'extension-apiserver-authentication-reader',
    rules: [rule(READ, '', 'configmaps', ['extension-apiserver-authentication'])],
  },
  {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-controller-manager',
    rules: [
      rule('watch', '', 'configmaps'),
      rule('get update', '', 'configmaps', ['kube-controller-manager']),
      rule('create get list update watch', 'coordination.k8s.io', 'leases'),
    ],
  },
  {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-scheduler',
    rules: [
      rule('watch', '', 'configmaps'),
      rule('get update', '', 'configmaps', ['kube-scheduler']),
      rule('create get list update watch', 'coordination.k8s.io', 'leases'),
    ],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:bootstrap-signer',
    rules: [rule(READ, '', 'secrets')],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:cloud-provider',
    rules: [rule('create get list watch', '', 'configmaps')],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:token-cleaner',
    rules: [rule('delete get list watch', '', 'secrets'), EVENTS],
  },
]
