import { validateLabelSelector } from '../../../apimachinery/label-validation.ts'
import {
  forbidden,
  invalid,
  required,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { changeField, withField } from '../../change.ts'
import { preparation } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { cidrWarnings, isSubset, parseCidr, validateCidr } from '../../validation/ip.ts'
import { eachAt, NONE, oneOf, portNumber, portNumberOrName } from '../../validation/rules.ts'
import {
  NetworkPolicy,
  type IPBlock,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
  type NetworkPolicySpec,
} from './network-policy.ts'

const TYPES = ['Ingress', 'Egress'] as const

/** The rules of NetworkPolicies (pkg/registry/networking/networkpolicy/strategy.go). */
export const networkPolicyStrategy: Strategy<NetworkPolicy> = {
  applyDefaults: (policy) => changeField(policy, 'spec', defaultSpec),
  ...preparation(NetworkPolicy),
  validateCreate: ({ spec }) => validateSpec(spec, 'spec'),
  validateUpdate: ({ spec }, old) => validateSpec(spec, 'spec', rangesOf(old.spec)),
  warnings: ({ spec }) =>
    blocksOf(spec).flatMap(([{ cidr, except = [] }, path]) => [
      ...cidrWarnings(cidr, `${path}.cidr`),
      ...except.flatMap((each, i) => cidrWarnings(each, `${path}.except[${i}]`)),
    ]),
}

// A policy concerns what comes in, and what goes out too where it says something about that.
function defaultSpec(spec: NetworkPolicySpec): NetworkPolicySpec {
  if ((spec.policyTypes ?? []).length > 0) return spec
  const concernsEgress = (spec.egress ?? []).length > 0
  return withField(spec, 'policyTypes', concernsEgress ? TYPES : ['Ingress'])
}

/** `accepted`: ranges that were there before stay as they are, however they are written. */
function validateSpec(
  spec: NetworkPolicySpec,
  path: string,
  accepted: readonly string[] = [],
): FieldError[] {
  const { policyTypes = [] } = spec
  const at = `${path}.policyTypes`
  const validatePeerAt = (peer: NetworkPolicyPeer, peerPath: string): FieldError[] =>
    validatePeer(peer, peerPath, accepted)
  return [
    ...validateLabelSelector(spec.podSelector, `${path}.podSelector`),
    ...eachAt(spec.ingress, `${path}.ingress`, (rule, rulePath) => [
      ...eachAt(rule.ports, `${rulePath}.ports`, validatePort),
      ...eachAt(rule.from, `${rulePath}.from`, validatePeerAt),
    ]),
    ...eachAt(spec.egress, `${path}.egress`, (rule, rulePath) => [
      ...eachAt(rule.ports, `${rulePath}.ports`, validatePort),
      ...eachAt(rule.to, `${rulePath}.to`, validatePeerAt),
    ]),
    ...(policyTypes.length > TYPES.length
      ? [invalid(at, policyTypes, 'may not specify more than two policyTypes')]
      : eachAt(policyTypes, at, (type, typePath) => oneOf(type, TYPES, typePath))),
  ]
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: string): FieldError[] {
  const protocols = ['TCP', 'UDP', 'SCTP']
  return [
    ...(protocols.includes(protocol)
      ? NONE
      : [unsupported(`${path}.protocol`, protocol, protocols)]),
    ...(typeof port === 'number' ? portNumberOrName(port, `${path}.port`) : NONE),
    ...(endPort === undefined ? NONE : validateEndPort(endPort, port, `${path}.endPort`)),
    ...(typeof port === 'string' ? portNumberOrName(port, `${path}.port`) : NONE),
  ]
}

function validateEndPort(
  endPort: number,
  port: number | string | undefined,
  path: string,
): FieldError[] {
  if (port === undefined)
    return [invalid(path, endPort, 'may not be specified when `port` is not specified')]
  if (typeof port === 'string')
    return [invalid(path, endPort, 'may not be specified when `port` is non-numeric')]
  return [
    ...(endPort < port
      ? [invalid(path, endPort, 'must be greater than or equal to `port`')]
      : NONE),
    ...portNumber(endPort, path),
  ]
}

function validatePeer(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  path: string,
  accepted: readonly string[],
): FieldError[] {
  const count = [podSelector, namespaceSelector, ipBlock].filter(Boolean).length
  return [
    ...validateLabelSelector(podSelector, `${path}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...(ipBlock ? validateBlock(ipBlock, `${path}.ipBlock`, accepted) : NONE),
    ...(count === 0 ? [required(path, 'must specify a peer')] : NONE),
    ...(count > 1 && ipBlock
      ? [forbidden(path, 'may not specify both ipBlock and another peer')]
      : NONE),
  ]
}

function validateBlock(
  { cidr, except }: IPBlock,
  path: string,
  accepted: readonly string[],
): FieldError[] {
  if (!cidr) return [required(`${path}.cidr`)]
  const range = parseCidr(cidr)
  return [
    ...validateCidr(cidr, `${path}.cidr`, accepted),
    ...eachAt(range ? except : [], `${path}.except`, (each, at) => {
      const inner = parseCidr(each)
      const isStrict = range && inner && isSubset(inner, range) && range.prefix < inner.prefix
      return [
        ...validateCidr(each, at, accepted),
        ...(inner && !isStrict ? [invalid(at, each, 'must be a strict subset of `cidr`')] : NONE),
      ]
    }),
  ]
}

function rangesOf(spec: NetworkPolicySpec): readonly string[] {
  return blocksOf(spec).flatMap(([{ cidr, except = [] }]) => [cidr, ...except])
}

function blocksOf({ ingress = [], egress = [] }: NetworkPolicySpec): [IPBlock, string][] {
  const peers = [
    ...ingress.flatMap(({ from = [] }, i) =>
      from.map((each, j) => [each, `spec.ingress[${i}].from[${j}]`] as const),
    ),
    ...egress.flatMap(({ to = [] }, i) =>
      to.map((each, j) => [each, `spec.egress[${i}].to[${j}]`] as const),
    ),
  ]
  return peers.flatMap(([{ ipBlock }, path]) => (ipBlock ? [[ipBlock, `${path}.ipBlock`]] : []))
}
