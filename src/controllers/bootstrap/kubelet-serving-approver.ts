import ipaddr from 'ipaddr.js'
import { CertificateSigningRequest } from '../../api/certificates/v1/certificate-signing-request.ts'
import { Node } from '../../api/core/v1/node.ts'
import { Service } from '../../api/core/v1/service.ts'
import { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import { SERVICE_NAME_LABEL } from '../../api/discovery/v1/service-name.ts'
import { dns1123SubdomainProblems } from '../../apimachinery/names.ts'
import { timestamp } from '../../base/clock.ts'
import { isLoopback } from '../../base/host-and-port.ts'
import {
  controller,
  watch,
  type Controller,
  type PassCache,
} from '../../controller-runtime/index.ts'
import { decodeAlternativeNames } from '../../pki/alternative-names.ts'
import type { CertificateRequest } from '../../pki/certificate-request.ts'
import { DerError } from '../../pki/der-reader.ts'
import { hasCondition, readRequest } from '../certificates/requests.ts'
import { KUBELET_SERVING_SIGNER, kubeletServingProblem } from '../certificates/signers.ts'

type Request = CertificateSigningRequest

const NODE_PREFIX = 'system:node:'

/** What the API server goes by, so that no node may. */
const API_SERVER_NAMES = /^(?:kubernetes(?:\.default(?:\.svc(?:\..+)?)?)?|localhost)$/
const API_SERVICE = { namespace: 'default', name: 'kubernetes' }

/**
 * Approves the certificates that the APIs of joined nodes serve with, where a node asks for itself, and for no name or
 * address but those that its Node has, and nobody else: neither another node nor the API server. Upstream leaves this to
 * the administrator; here `trierarch token create` allows it, with the roles that it makes.
 */
export const kubeletServingApprover: Controller = controller<Request>(
  'kubelet-serving-approver-controller',
  {
    for: CertificateSigningRequest,
    // A node asks for its certificate before its addresses are known.
    watches: [
      watch(
        Node,
        ({ metadata }, cache) =>
          cache
            .list(CertificateSigningRequest)
            .filter(({ spec }) => spec.username === `${NODE_PREFIX}${metadata.name}`)
            .map((request) => ({ name: request.metadata.name })),
        (after, before) => after.status.addresses !== before.status.addresses,
      ),
    ],

    reads: [Service, EndpointSlice],

    async reconcile(request, { cache, client, clock }) {
      const { spec, status, metadata } = request
      if (spec.signerName !== KUBELET_SERVING_SIGNER || status.certificate) return
      if (hasCondition(request, 'Approved') || hasCondition(request, 'Denied')) return
      const asked = readRequest(request)
      if (!asked || kubeletServingProblem(asked, spec.usages ?? []) !== undefined) return
      const node = cache.get(Node, { name: (spec.username ?? '').slice(NODE_PREFIX.length) })
      if (!node || !isForItself(spec.username ?? '', asked, node, takenNames(node, cache))) return
      const approved = {
        type: 'Approved',
        status: 'True',
        reason: 'AutoApproved',
        message: "Auto approving kubelet serving certificate for the node's own names.",
        lastUpdateTime: timestamp(clock),
      }
      const body = {
        ...request,
        status: { ...status, conditions: [...(status.conditions ?? []), approved] },
      }
      const key = { name: metadata.name }
      await client.updateSubresource(CertificateSigningRequest, key, 'approval', body)
    },
  },
)

function isForItself(
  username: string,
  { subject, alternativeNames }: CertificateRequest,
  { metadata, status }: Node,
  taken: ReadonlySet<string>,
): boolean {
  if (subject.commonName !== username || username !== `${NODE_PREFIX}${metadata.name}`) return false
  const own = new Set([metadata.name, ...addressesOf(status)].map(canonical))
  try {
    const { dnsNames, ipAddresses } = decodeAlternativeNames(alternativeNames.der!)
    // A node says itself what its addresses are: a wildcard would stand for names of others, capitals for the same ones.
    if (dnsNames.some((name) => dns1123SubdomainProblems(name).length > 0)) return false
    return [...dnsNames, ...ipAddresses]
      .map(canonical)
      .every(
        (name) =>
          own.has(name) && !taken.has(name) && !API_SERVER_NAMES.test(name) && !isLoopback(name),
      )
  } catch (error) {
    if (error instanceof DerError) return false
    throw error
  }
}

/** The names and addresses of all other nodes and of the API server. */
function takenNames(node: Node, cache: PassCache): ReadonlySet<string> {
  const others = cache.list(Node).filter(({ metadata }) => metadata.name !== node.metadata.name)
  const slices = cache
    .list(EndpointSlice, { namespace: API_SERVICE.namespace })
    .filter(({ metadata }) => metadata.labels?.[SERVICE_NAME_LABEL] === API_SERVICE.name)
  const names = [
    ...others.flatMap(({ metadata, status }) => [metadata.name, ...addressesOf(status)]),
    ...(cache.get(Service, API_SERVICE)?.spec.clusterIPs ?? []),
    ...slices.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses)),
  ]
  return new Set(names.map(canonical))
}

/** One spelling for what clients take for the same: small letters, and IPv4 addresses not mapped into IPv6. */
function canonical(name: string): string {
  return ipaddr.isValid(name) ? ipaddr.process(name).toString() : name.toLowerCase()
}

function addressesOf({ addresses = [] }: Node['status']): readonly string[] {
  return addresses.map(({ address }) => address)
}
