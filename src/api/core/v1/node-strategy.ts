import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import { equal } from '../../../apimachinery/equality.ts'
import { configMapKeyProblems } from '../../../apimachinery/value-rules.ts'
import {
  duplicate,
  forbidden,
  internalError,
  invalid,
  required,
  type FieldError,
} from '../../../schema/field-error.ts'
import { withFields } from '../../change.ts'
import { keepField } from '../../preparation.ts'
import { statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { parseCidr, validateCidr } from '../../validation/ip.ts'
import { eachAt, NONE, problemsAt } from '../../validation/rules.ts'
import type { ConfigMapNodeConfigSource, Node, NodeConfigSource } from './node.ts'
import { roundUpToMilli } from './quantity-rounding.ts'
import { validateQuantity } from './resource-validation.ts'
import { validateTaints } from './toleration-validation.ts'

/** The rules of Nodes (pkg/registry/core/node/strategy.go). A node may be created with its status. */
export const nodeStrategy: Strategy<Node> = {
  applyDefaults: defaultNode,
  prepareForUpdate: (node, old) => keepField(node, old, 'status'),
  validateCreate: validateNode,
  validateUpdate: validateNodeUpdate,
  warnings: ({ spec }) => [
    ...(spec.configSource ? ['spec.configSource: the feature is no longer available'] : []),
    ...(spec.externalID
      ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes']
      : []),
  ],
  status: statusStrategy(validateNodeUpdate),
  selectableFields: { 'spec.unschedulable': ({ spec }) => String(spec.unschedulable ?? false) },
}

function defaultNode(node: Node): Node {
  const { podCIDR, podCIDRs } = node.spec
  const { capacity, allocatable } = node.status
  const first = podCIDRs?.[0]
  // The first of several ranges stands alone too, for older clients. Where they differ, the single one counts.
  const ranges = podCIDR && podCIDR !== first ? [podCIDR] : podCIDRs
  return withFields(node, {
    spec: withFields(node.spec, { podCIDRs: ranges, podCIDR: ranges?.[0] }),
    status: withFields(node.status, {
      capacity: capacity && roundUpToMilli(capacity),
      allocatable: allocatable ? roundUpToMilli(allocatable) : capacity && roundUpToMilli(capacity),
    }),
  })
}

function validateNode(node: Node): FieldError[] {
  return [
    ...validateTaints(node.spec.taints, 'metadata.taints'),
    ...validateResources(node),
    ...validateRanges(node.spec.podCIDRs),
  ]
}

function validateResources({ status }: Node): FieldError[] {
  return (['capacity', 'allocatable'] as const).flatMap((field) =>
    Object.entries(status[field] ?? {}).flatMap(([name, text]) =>
      validateQuantity(name, text, `status.${field}.${name}`),
    ),
  )
}

function validateRanges(ranges: readonly string[] | undefined): FieldError[] {
  if (!ranges) return NONE
  const path = 'spec.podCIDRs'
  const families = new Set(ranges.map((each) => parseCidr(each)?.family))
  const bad = ranges.find((each) => !parseCidr(each))
  const isDual = bad === undefined && families.size === 2 && ranges.length === 2
  return [
    ...eachAt(ranges, path, (each, at) => validateCidr(each, at)),
    ...(ranges.length > 1 && bad !== undefined
      ? [
          internalError(
            path,
            new Error(
              `invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR address: ${bad}`,
            ),
          ),
        ]
      : NONE),
    ...(ranges.length > 1 && !isDual
      ? [invalid(path, ranges, 'may specify no more than one CIDR for each IP family')]
      : NONE),
    ...eachAt(ranges, path, (each, at, i) =>
      ranges.indexOf(each) < i ? [duplicate(at, each)] : NONE,
    ),
  ]
}

function validateNodeUpdate(node: Node, old: Node): FieldError[] {
  const { spec, status } = node
  const rangeText = 'node updates may not change podCIDR except from "" to valid'
  const providerText = 'node updates may not change providerID except from "" to valid'
  return [
    ...validateResources(node),
    ...eachAt(status.addresses, 'status.addresses', (address, at, i) =>
      status.addresses!.slice(0, i).some((each) => equal(each, address))
        ? [duplicate(at, address)]
        : NONE,
    ),
    ...(old.spec.podCIDRs && !equal(spec.podCIDRs, old.spec.podCIDRs)
      ? [forbidden('spec.podCIDRs', rangeText)]
      : NONE),
    ...(old.spec.providerID && spec.providerID !== old.spec.providerID
      ? [forbidden('spec.providerID', providerText)]
      : NONE),
    ...(spec.configSource
      ? validateConfigSource(spec.configSource, 'spec.configSource', false)
      : NONE),
    ...(['assigned', 'active', 'lastKnownGood'] as const).flatMap((field) => {
      const source = status.config?.[field]
      return source ? validateConfigSource(source, `status.config.${field}`, true) : NONE
    }),
    ...validateTaints(spec.taints, 'metadata.taints'),
    ...(spec.externalID !== old.spec.externalID
      ? [forbidden('spec.externalID', 'may not be updated')]
      : NONE),
  ]
}

/** Dynamic kubelet configuration is gone, its rules are kept for old objects. */
function validateConfigSource(
  source: NodeConfigSource,
  path: string,
  isStatus: boolean,
): FieldError[] {
  const { configMap } = source
  const at = `${path}.configMap`
  if (!configMap) return [invalid(path, source, 'exactly one reference subfield must be non-nil')]
  return [
    ...(['uid', 'resourceVersion'] as const).flatMap((field) => {
      const isSet = Boolean(configMap[field])
      if (isStatus)
        return isSet ? NONE : [required(`${at}.${field}`, `${field} must be set in status`)]
      return isSet ? [forbidden(`${at}.${field}`, `${field} must not be set in spec`)] : NONE
    }),
    ...CONFIG_NAMES.flatMap(([field, problems]) => {
      const value = configMap[field]
      return value
        ? problemsAt(`${at}.${field}`, value, problems(value))
        : [required(`${at}.${field}`, `${field} must be set`)]
    }),
  ]
}

const CONFIG_NAMES = [
  ['namespace', dns1123LabelProblems],
  ['name', dns1123SubdomainProblems],
  ['kubeletConfigKey', configMapKeyProblems],
] as const satisfies readonly (readonly [
  keyof ConfigMapNodeConfigSource,
  (value: string) => readonly string[],
])[]
