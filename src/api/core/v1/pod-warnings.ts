import { dns1123LabelProblems, labelValueProblems } from '../../../apimachinery/names.ts'
import { formatList } from '../../../apimachinery/go-format.ts'
import type { ObjectMeta } from '../../meta/v1/object-meta.ts'
import type { PodAffinity, PodAntiAffinity } from './affinity.ts'
import type { PodTemplateSpec } from './common.ts'
import type { ContainerPort } from './container.ts'
import {
  APPARMOR_PREFIX,
  SECCOMP_CONTAINER_PREFIX,
  SECCOMP_POD,
} from './pod-annotation-validation.ts'
import { containersOf, type AnyContainer } from './pod-containers.ts'
import type { PodSpec } from './pod-spec.ts'
import type { Pod } from './pod.ts'
import { isWhole } from './resource-validation.ts'
import type { NodeSelectorTerm } from './selector.ts'

/** What clients are told when they create a Pod that is accepted but hardly meant so. */
export function podWarnings(pod: Pod): string[] {
  const problems = dns1123LabelProblems(pod.metadata.name)
  const hostname = `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: ${formatList(problems)}`
  return [
    ...(problems.length > 0 ? [hostname] : []),
    ...warningsFor(pod.spec, pod.metadata, '', false),
  ]
}

export function podTemplateWarnings({ metadata, spec }: PodTemplateSpec, path: string): string[] {
  return warningsFor(spec, metadata, `${path}.`, true)
}

const ANNOTATIONS = [
  [
    'scheduler.alpha.kubernetes.io/critical-pod',
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  ],
  [
    'security.alpha.kubernetes.io/sysctls',
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
  [
    'security.alpha.kubernetes.io/unsafe-sysctls',
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
] as const

const VOLUMES = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
] as const

/** Labels of nodes by their old names. */
const LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}

/** What to say of a label of nodes that has a newer name. */
export function nodeLabelWarning(key: string): string | undefined {
  return Object.hasOwn(LABELS, key) ? LABELS[key] : undefined
}

function warningsFor(
  spec: PodSpec,
  metadata: ObjectMeta,
  prefix: string,
  isTemplate: boolean,
): string[] {
  const path = `${prefix}spec`
  const annotations = metadata.annotations ?? {}
  const annotationsPath = `${prefix}metadata.annotations`
  return [
    ...nodeWarnings(spec, path),
    ...ANNOTATIONS.filter(([key]) => annotations[key] !== undefined).map(
      ([key, text]) => `${annotationsPath}[${key}]: ${text}`,
    ),
    ...(spec.volumes ?? []).flatMap((volume, i) =>
      VOLUMES.filter(([field]) => volume[field]).map(
        ([, shown, text]) => `${path}.volumes[${i}].${shown}: ${text}`,
      ),
    ),
    ...duplicates(spec.hostAliases ?? [], ({ ip }) => ip, `${path}.hostAliases`, 'ip'),
    ...duplicates(
      spec.imagePullSecrets ?? [],
      ({ name }) => name,
      `${path}.imagePullSecrets`,
      'name',
    ),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, i) =>
      name ? [] : [`${path}.imagePullSecrets[${i}].name: invalid empty name ""`],
    ),
    ...fractions(spec.overhead, `${path}.overhead`),
    ...(annotations[SECCOMP_POD] !== undefined && !spec.securityContext.seccompProfile
      ? [`${annotationsPath}[${SECCOMP_POD}]: ${SECCOMP_TEXT}`]
      : []),
    ...containersOf(spec, path).flatMap(([container, at]) => [
      ...profileWarnings(container, spec, annotations, annotationsPath, isTemplate),
      ...fractions(container.resources.limits, `${at}.resources.limits`),
      ...fractions(container.resources.requests, `${at}.resources.requests`),
      ...envWarnings(container, `${at}.env`),
    ]),
    ...portWarnings(spec, path),
    ...(spec.terminationGracePeriodSeconds < 0
      ? [
          `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...affinityWarnings(spec.affinity?.podAffinity, `${path}.affinity.podAffinity`),
    ...affinityWarnings(spec.affinity?.podAntiAffinity, `${path}.affinity.podAntiAffinity`),
  ]
}

const SECCOMP_TEXT = 'non-functional in v1.27+; use the "seccompProfile" field instead'
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution'
const NULL_SELECTOR = 'a null labelSelector results in matching no pod'

function nodeWarnings(spec: PodSpec, path: string): string[] {
  const affinity = spec.affinity?.nodeAffinity
  const at = `${path}.affinity.nodeAffinity`
  return [
    ...Object.keys(spec.nodeSelector ?? {})
      .filter(nodeLabelWarning)
      .map((key) => `${path}.nodeSelector[${key}]: ${nodeLabelWarning(key)}`),
    ...(affinity?.[REQUIRED]?.nodeSelectorTerms ?? []).flatMap((term, i) =>
      nodeSelectorTermWarnings(term, `${at}.${REQUIRED}.nodeSelectorTerms[${i}]`, false),
    ),
    ...(affinity?.[PREFERRED] ?? []).flatMap(({ preference }, i) =>
      nodeSelectorTermWarnings(preference, `${at}.${PREFERRED}[${i}].preference`, true),
    ),
    ...(spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey: key, labelSelector }, i) => {
      const constraint = `${path}.topologySpreadConstraints[${i}]`
      const text = nodeLabelWarning(key)
      return [
        ...(text ? [`${constraint}.topologyKey: ${key} is ${text}`] : []),
        ...(labelSelector ? [] : [`${constraint}.labelSelector: ${NULL_SELECTOR}`]),
      ]
    }),
  ]
}

export function nodeSelectorTermWarnings(
  { matchExpressions = [] }: NodeSelectorTerm,
  path: string,
  checkValues: boolean,
): string[] {
  return matchExpressions.flatMap(({ key, values = [] }, i) => {
    const at = `${path}.matchExpressions[${i}]`
    const text = nodeLabelWarning(key)
    return [
      ...(text ? [`${at}.key: ${key} is ${text}`] : []),
      ...(checkValues ? values : []).flatMap((value, j) =>
        labelValueProblems(value).map(
          (problem) => `${at}.values[${j}]: ${value} is invalid, ${problem}`,
        ),
      ),
    ]
  })
}

function duplicates<T>(
  items: readonly T[],
  key: (item: T) => string,
  path: string,
  field: string,
): string[] {
  const seen = new Set<string>()
  return items.flatMap((item, i) => {
    const own = key(item)
    if (seen.has(own)) return [`${path}[${i}].${field}: duplicate ${field} ${JSON.stringify(own)}`]
    seen.add(own)
    return []
  })
}

function fractions(list: Readonly<Record<string, string>> | undefined, path: string): string[] {
  return ['memory', 'ephemeral-storage'].flatMap((name) => {
    const text = list?.[name]
    return text === undefined || isWhole(text)
      ? []
      : [
          `${path}[${name}]: fractional byte value ${JSON.stringify(text)} is invalid, must be an integer`,
        ]
  })
}

function profileWarnings(
  { name, securityContext }: AnyContainer,
  spec: PodSpec,
  annotations: Readonly<Record<string, string>>,
  path: string,
  isTemplate: boolean,
): string[] {
  const seccomp = SECCOMP_CONTAINER_PREFIX + name
  const appArmor = APPARMOR_PREFIX + name
  const hasAppArmor = securityContext?.appArmorProfile ?? spec.securityContext.appArmorProfile
  return [
    ...(annotations[seccomp] !== undefined && !securityContext?.seccompProfile
      ? [`${path}[${seccomp}]: ${SECCOMP_TEXT}`]
      : []),
    // For a Pod the annotation is looked at before it is copied into the field.
    ...(isTemplate && annotations[appArmor] !== undefined && !hasAppArmor
      ? [`${path}[${appArmor}]: deprecated since v1.30; use the "appArmorProfile" field instead`]
      : []),
  ]
}

function envWarnings({ env = [] }: AnyContainer, path: string): string[] {
  const seen = new Set<string>()
  return env.flatMap(({ name, value = '', valueFrom }, i) => {
    const isNew = !seen.has(name)
    seen.add(name)
    const reference = `$(${name})`
    // A value may build on the one before: PATH=$(PATH):/more.
    if (isNew || (!valueFrom && value !== reference && value.includes(reference))) return []
    return [
      `${path}[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
    ]
  })
}

function portWarnings(spec: PodSpec, path: string): string[] {
  const seen = new Map<string, [ContainerPort, string][]>()
  return containersOf(spec, path).flatMap(([{ ports = [] }, at]) =>
    ports.flatMap((port, i) => {
      const own = `${at}.ports[${i}]`
      const key = `${port.containerPort}/${port.protocol}`
      const others = seen.get(key) ?? []
      seen.set(key, [...others, [port, own]])
      const clashes = others.map(([other, otherPath]) => [portClash(port, other), otherPath])
      return [
        ...(port.hostIP && !port.hostPort
          ? [`${own}: hostIP set without hostPort: ${formatPort(port)}`]
          : []),
        ...clashes
          .filter(([clash]) => clash)
          .map(([clash, otherPath]) => `${own}: ${clash} port definition with ${otherPath}`),
      ]
    }),
  )
}

function portClash(port: ContainerPort, other: ContainerPort): string {
  const [ip, otherIp] = [port.hostIP ?? '', other.hostIP ?? '']
  const [host, otherHost] = [port.hostPort ?? 0, other.hostPort ?? 0]
  if (ip === otherIp && host === otherHost) return 'duplicate'
  if (host === 0 || otherHost === 0) return 'overlapping'
  return host === otherHost && (ip === '') !== (otherIp === '') ? 'dangerously ambiguous' : ''
}

// As Go prints the struct.
function formatPort({ name = '', hostPort = 0, containerPort, protocol, hostIP }: ContainerPort) {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP ?? ''}}`
}

function affinityWarnings(
  affinity: Pick<PodAffinity | PodAntiAffinity, typeof REQUIRED | typeof PREFERRED> | undefined,
  path: string,
): string[] {
  return [
    ...(affinity?.[REQUIRED] ?? []).flatMap(({ labelSelector }, i) =>
      labelSelector ? [] : [`${path}.${REQUIRED}[${i}].labelSelector: ${NULL_SELECTOR}`],
    ),
    ...(affinity?.[PREFERRED] ?? []).flatMap(({ podAffinityTerm }, i) =>
      podAffinityTerm.labelSelector
        ? []
        : [`${path}.${PREFERRED}[${i}].podAffinityTerm.labelSelector: ${NULL_SELECTOR}`],
    ),
  ]
}
