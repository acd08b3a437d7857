import type { IngressClass } from '../../api/networking/v1/ingress-class.ts'
import type { Ingress } from '../../api/networking/v1/ingress.ts'
import type { IPAddress } from '../../api/networking/v1/ip-address.ts'
import type { NetworkPolicy } from '../../api/networking/v1/network-policy.ts'
import type { ServiceCIDR } from '../../api/networking/v1/service-cidr.ts'
import { NONE, resourceCell, selectorCell, shortened } from './cells.ts'
import { loadBalancerCell } from './service.ts'
import { AGE, column, NAME, tableFor, type TableEntry } from './table.ts'

const GROUP = 'networking.k8s.io'

export const NETWORKING_TABLES: readonly TableEntry[] = [
  tableFor<Ingress>(GROUP, 'Ingress', {
    columns: [
      NAME,
      column('Class', 'The IngressClass whose controller acts on it.'),
      column('Hosts', 'Hosts that there are rules for.'),
      column('Address', 'Addresses under which it is reached.'),
      column('Ports', 'Ports under which it is reached.'),
      AGE,
    ],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      spec.ingressClassName ?? NONE,
      hostsCell(spec.rules),
      loadBalancerCell(status.loadBalancer),
      spec.tls && spec.tls.length > 0 ? '80, 443' : '80',
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<IngressClass>(GROUP, 'IngressClass', {
    columns: [
      NAME,
      column('Controller', 'The controller of the class.'),
      column('Parameters', 'What configures the controller.'),
      AGE,
    ],
    cells: ({ metadata, spec }, ages) => [
      metadata.name,
      spec.controller ?? '',
      parametersCell(spec.parameters),
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<NetworkPolicy>(GROUP, 'NetworkPolicy', {
    columns: [NAME, column('Pod-Selector', 'The labels of the Pods that the policy is for.'), AGE],
    cells: ({ metadata, spec }, ages) => [
      metadata.name,
      selectorCell(spec.podSelector ?? {}),
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<ServiceCIDR>(GROUP, 'ServiceCIDR', {
    columns: [NAME, column('CIDRs', 'Ranges that Services get addresses from.'), AGE],
    cells: ({ metadata, spec }, ages) => [
      metadata.name,
      (spec.cidrs ?? []).join(','),
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<IPAddress>(GROUP, 'IPAddress', {
    columns: [NAME, column('ParentRef', 'What the address belongs to.')],
    cells: ({ metadata, spec }) => [metadata.name, parentCell(spec.parentRef)],
  }),
]

const HOSTS_MAX = 3

function hostsCell(rules: Ingress['spec']['rules'] = []): string {
  const hosts: string[] = []
  let isMore = false
  for (const { host } of rules) {
    if (hosts.length === HOSTS_MAX) isMore = true
    else if (host) hosts.push(host)
  }
  // What is left is counted in rules, as upstream does.
  return shortened(hosts.join(',') || '*', isMore ? rules.length - HOSTS_MAX : 0)
}

function parametersCell(parameters: IngressClass['spec']['parameters']): string {
  if (!parameters) return NONE
  const { apiGroup, kind, name } = parameters
  return `${kind}${apiGroup === undefined ? '' : `.${apiGroup}`}/${name}`
}

function parentCell(parent: IPAddress['spec']['parentRef'] | undefined): string {
  if (!parent) return NONE
  const { group = '', resource, namespace, name } = parent
  return resourceCell(resource, group, namespace ? `${namespace}/${name}` : name)
}
