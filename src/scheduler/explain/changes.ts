import { hostPortsConflict } from '../../api/core/v1/host-ports.ts'
import { matchesNodeSelectorTerm, type SelectableNode } from '../../api/core/v1/node-affinity.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { NodeSelectorRequirement, NodeSelectorTerm } from '../../api/core/v1/selector.ts'
import { findUntoleratedTaint } from '../../api/core/v1/tolerations.ts'
import type { Labels } from '../../apimachinery/labels.ts'
import { termMatches, type AffinityTerm } from '../cache/affinity-terms.ts'
import type { NodeInfo } from '../cache/node-info.ts'
import type { PodInfo } from '../cache/pod-info.ts'
import { shortages, type Shortage } from '../plugins/node-resources/fit.ts'

/** What a suggestion may look at. */
export interface Surroundings {
  readonly nodes: readonly NodeInfo[]
  readonly labelsOf: (namespace: string) => Labels | undefined
}

/** The smallest change with which a Pod would pass a check on a node, where there is one to name. */
export function changeFor(
  plugin: string,
  pod: PodInfo,
  node: NodeInfo,
  around: Surroundings,
): string | undefined {
  return CHANGES[plugin]?.(pod, node, around)
}

type Suggest = (pod: PodInfo, node: NodeInfo, around: Surroundings) => string | undefined

const CHANGES: Readonly<Record<string, Suggest>> = {
  NodeName: ({ pod }) => `remove spec.nodeName ${pod.spec.nodeName ?? ''} from the Pod`,
  NodeUnschedulable: (_pod, { name }) => `kubectl uncordon ${name}`,
  TaintToleration: ({ pod }, { node }) => {
    const taint = findUntoleratedTaint(node.spec.taints, pod.spec.tolerations, [
      'NoSchedule',
      'NoExecute',
    ])
    if (!taint) return undefined
    const { key, value, effect } = taint
    const text = `${key}${value ? `=${value}` : ''}:${effect}`
    return `tolerate ${text} in the Pod, or kubectl taint node ${node.metadata.name} ${text}-`
  },
  NodeAffinity: labelsFor,
  NodePorts: ({ ports }, node) => {
    const port = ports.find((each) => node.ports.some((other) => hostPortsConflict(each, other)))
    return port && `free port ${port.hostPort}/${port.protocol} of the node, or ask for another`
  },
  NodeResourcesFit: (pod, node) => shortages(pod, node).map(shortageText).join('; '),
  NodeVolumeLimits: () => 'move a Pod with volumes of the same driver to another node',
  VolumeRestrictions: () =>
    'remove the Pod that uses the volume, or give this one a claim of its own',
  VolumeZone: () => "use a claim whose volume is in the node's zone",
  VolumeBinding: () => 'use claims whose volumes the node reaches, or add a volume that it does',
  PodTopologySpread: spreadHelp,
  InterPodAffinity: affinityHelp,
  DynamicResources: () =>
    'free a device that the claims of the Pod ask for, or add one to the node',
}

/** The labels that the node would need, by the term of the affinity that takes the fewest. */
function labelsFor(
  { pod: { spec } }: PodInfo,
  { name, node, labels }: NodeInfo,
): string | undefined {
  const selected = Object.entries(spec.nodeSelector ?? {})
    .filter(([key, value]) => labels[key] !== value)
    .map(([key, value]) => `${key}=${value}`)
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const ways = required?.nodeSelectorTerms
    .map((term) => labelsForTerm(term, node))
    .filter((way) => way !== undefined)
  if (ways?.length === 0) return `let the affinity of the Pod allow node ${name} by its name`
  const fewest = ways?.reduce((a, b) => (b.length < a.length ? b : a))
  const wanted = [...selected, ...(fewest ?? [])]
  return wanted.length > 0
    ? `kubectl label node ${name} --overwrite ${wanted.join(' ')}`
    : undefined
}

/** What to give to `kubectl label`; undefined where no label helps. */
function labelsForTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  node: SelectableNode,
): readonly string[] | undefined {
  if (matchFields.length > 0 && !matchesNodeSelectorTerm({ matchFields }, node)) return undefined
  return matchExpressions
    .filter((each) => !matchesNodeSelectorTerm({ matchExpressions: [each] }, node))
    .map(labelText)
}

function labelText({ key, operator, values: [value = ''] = [] }: NodeSelectorRequirement): string {
  switch (operator) {
    case 'In':
      return `${key}=${value}`
    case 'Exists':
      return `${key}=`
    case 'NotIn':
    case 'DoesNotExist':
      return `${key}-`
    case 'Gt':
      return `${key}=${Number(value) + 1}`
    case 'Lt':
      return `${key}=${Number(value) - 1}`
    default:
      return operator satisfies never
  }
}

function spreadHelp({ pod }: PodInfo, { name, labels }: NodeInfo): string | undefined {
  const hard = (pod.spec.topologySpreadConstraints ?? []).filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule',
  )
  const missing = hard.filter(({ topologyKey }) => !Object.hasOwn(labels, topologyKey))
  if (missing.length > 0)
    return `label node ${name} with ${missing.map(({ topologyKey }) => topologyKey).join(' and ')}`
  const [first] = hard
  if (!first) return undefined
  const { topologyKey, maxSkew } = first
  return `raise maxSkew ${maxSkew} for ${topologyKey}, or let whenUnsatisfiable be ScheduleAnyway`
}

function affinityHelp(info: PodInfo, node: NodeInfo, around: Surroundings): string | undefined {
  const { requiredAffinity = [], requiredAntiAffinity = [] } = info.terms ?? {}
  const means = (term: AffinityTerm, pod: Pod): boolean => termMatches(term, pod, around.labelsOf)
  const near = (term: AffinityTerm): readonly PodInfo[] => podsNear(node, term.topologyKey, around)
  for (const term of requiredAffinity) {
    if (!Object.hasOwn(node.labels, term.topologyKey))
      return `label node ${node.name} with ${term.topologyKey}`
    if (!near(term).some(({ pod }) => means(term, pod)))
      return `run a Pod that its affinity means in ${placeOf(node, term)} first`
  }
  for (const term of requiredAntiAffinity) {
    const other = near(term).find(({ pod }) => means(term, pod))
    if (other) return `move pod ${nameOf(other)} out of ${placeOf(node, term)}`
  }
  for (const each of around.nodes) {
    for (const other of each.podsWithRequiredAntiAffinity().values()) {
      const term = other.terms!.requiredAntiAffinity.find(
        ({ topologyKey, ...rest }) =>
          isNear(each, node, topologyKey) && means({ topologyKey, ...rest }, info.pod),
      )
      if (term)
        return `move pod ${nameOf(other)}, which wants no such Pod, out of ${placeOf(node, term)}`
    }
  }
  return undefined
}

function podsNear(
  node: NodeInfo,
  topologyKey: string,
  { nodes }: Surroundings,
): readonly PodInfo[] {
  return nodes.filter((each) => isNear(each, node, topologyKey)).flatMap((each) => [...each.pods()])
}

function isNear({ labels: a }: NodeInfo, { labels: b }: NodeInfo, topologyKey: string): boolean {
  return Object.hasOwn(a, topologyKey) && a[topologyKey] === b[topologyKey]
}

function placeOf({ labels }: NodeInfo, { topologyKey }: AffinityTerm): string {
  return `${topologyKey}=${labels[topologyKey]}`
}

function nameOf({ pod: { metadata } }: PodInfo): string {
  return `${metadata.namespace}/${metadata.name}`
}

function shortageText({ resource, requested, used, capacity }: Shortage): string {
  if (resource === 'pods') return `remove a Pod of the node, which has room for ${capacity}`
  const free = Math.max(0, capacity - used)
  const ask = `ask for at most ${amount(resource, free)} ${resource} instead of ${amount(resource, requested)}`
  return requested > capacity ? ask : `${ask}, or free ${amount(resource, requested - free)}`
}

function amount(resource: string, value: number): string {
  if (resource === 'cpu') return value % 1000 === 0 ? `${value / 1000}` : `${value}m`
  const isBytes = resource === 'memory' || resource === 'ephemeral-storage'
  return isBytes && value >= MIB ? `${Math.floor(value / MIB)}Mi` : `${value}`
}

const MIB = 1024 * 1024
