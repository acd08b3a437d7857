import type { Node } from '../../../api/core/v1/node.ts'
import { equal } from '../../../apimachinery/equality.ts'
import type { NodeWrite, Refusal } from './node-restriction.ts'

type Labels = Readonly<Record<string, string>>

/** A node may not steer Pods to itself, by taints or by labels that others rely on. */
export function refuseNodeWrite({ node, attributes }: NodeWrite): Refusal {
  const { operation, name } = attributes
  const who = `node ${JSON.stringify(node)}`
  if (name !== node) return `${who} is not allowed to modify node ${JSON.stringify(name)}`
  if (operation === 'DELETE') return undefined
  const { metadata, spec } = attributes.object as unknown as Node
  const old = attributes.oldObject as unknown as Node | undefined
  if (spec?.configSource && !old) {
    return `${who} is not allowed to create pods with a non-nil configSource`
  }
  if (spec?.configSource && !equal(spec.configSource, old?.spec?.configSource)) {
    return `${who} is not allowed to update configSource to a new non-nil configSource`
  }
  if (old && !equal(spec?.taints ?? [], old.spec?.taints ?? [])) {
    return `${who} is not allowed to modify taints`
  }
  const forbidden = changedKeys(metadata.labels, old?.metadata.labels)
    .filter(isForbidden)
    .toSorted()
  if (forbidden.length === 0) return undefined
  return old
    ? `is not allowed to modify labels: ${forbidden.join(', ')}`
    : `${who} is not allowed to set the following labels: ${forbidden.join(', ')}`
}

function changedKeys(a: Labels = {}, b: Labels = {}): readonly string[] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].filter((key) => a[key] !== b[key])
}

const KUBELET_LABELS = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'beta.kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/arch',
])

const KUBELET_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io']
const RESTRICTED_DOMAIN = 'node-restriction.kubernetes.io'
const KUBERNETES_DOMAINS = ['kubernetes.io', 'k8s.io']

function isForbidden(label: string): boolean {
  const domain = label.includes('/') ? label.slice(0, label.indexOf('/')) : ''
  if (isWithin(domain, RESTRICTED_DOMAIN)) return true
  if (!KUBERNETES_DOMAINS.some((each) => isWithin(domain, each))) return false
  return !KUBELET_LABELS.has(label) && !KUBELET_DOMAINS.some((each) => isWithin(domain, each))
}

function isWithin(domain: string, whole: string): boolean {
  return domain === whole || domain.endsWith(`.${whole}`)
}
