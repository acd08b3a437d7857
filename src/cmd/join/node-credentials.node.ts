import { Node } from '../../api/core/v1/node.ts'
import { isAlreadyExists } from '../../apimachinery/status-predicates.ts'
import type { Crypto } from '../../base/crypto.ts'
import type { Client } from '../../client/client.ts'
import { createClient } from '../../client/create-client.ts'
import type { Credentials } from '../../client/credentials.node.ts'
import { httpsTransport } from '../../client/https-transport.node.ts'
import { noAddressText, nodeAddresses } from '../../cluster/node-address.node.ts'
import { isIssuedBy } from '../../pki/authority.ts'
import { certificateFromPem } from '../../pki/certificate.ts'
import { nodeFileNames } from '../../pki/cluster-certificates.ts'
import type { Credential, PkiFiles } from '../../pki/pki-files.ts'
import type { NodeConfig } from '../flags/node-config.ts'
import { UserError } from '../user-error.ts'
import { requestCertificate } from './request-certificate.ts'

/** What a node remembers of the cluster that it has joined. */
export interface Joined {
  readonly server: string
  readonly nodeName: string
  readonly config: NodeConfig
}

export interface NodePlace {
  readonly server: string
  readonly caPem: string
  readonly nodeName: string
  /** The addresses by which others reach the node. */
  readonly addresses: readonly string[]
}

export interface RequestPlatform {
  readonly crypto: Crypto
  readonly signal: AbortSignal
}

/** How long the cluster may take to sign what a node asks for. */
export const APPROVAL_MS_MAX = 60_000
const RENEWED_AT = 0.7 // Of a certificate's life.

/** This machine as a node of the cluster at `server`. Throws `UserError` where it has no address of the cluster's family. */
export function placeOf({ server, nodeName, config }: Joined, caPem: string): NodePlace {
  const podCIDRs = config.clusterCIDR.split(',')
  const addresses = nodeAddresses(podCIDRs)
  if (addresses.length === 0) throw new UserError(noAddressText(podCIDRs))
  return { server, nodeName, caPem, addresses }
}

/** A client of the cluster, which believes its authority alone. */
export function clientOf(
  { server, caPem }: Pick<NodePlace, 'server' | 'caPem'>,
  credentials: Credentials,
  stack: DisposableStack,
): Client {
  return createClient(stack.use(httpsTransport({ server, ca: caPem, credentials })))
}

/**
 * Asks for the two certificates of a node, as whoever `credentials` shows: with a token at first, later with the
 * certificate that it has. Gives the files of its directory of certificates.
 */
export async function requestCredentials(
  place: NodePlace,
  credentials: Credentials,
  platform: RequestPlatform,
): Promise<PkiFiles> {
  using stack = new DisposableStack()
  const { nodeName, addresses, caPem } = place
  const asker = clientOf(place, credentials, stack)
  const own = await requestCertificate(asker, { purpose: 'client', nodeName }, platform)
  const asNode = clientOf(place, certificate(own), stack)
  await register(asNode, place)
  const alternativeNames = { dnsNames: [nodeName], ipAddresses: addresses }
  const wish = { purpose: 'serving', nodeName, alternativeNames } as const
  const serving = await requestCertificate(asNode, wish, platform)
  const names = nodeFileNames(nodeName)
  return new Map([
    ['ca.crt', caPem],
    ...filesOf(names.client, own),
    // The node's proxy and DNS work as the node.
    ...filesOf('proxy', own),
    ...filesOf(names.serving, serving),
  ])
}

export function certificate({ certPem, keyPem }: Credential): Credentials {
  return { type: 'certificate', cert: certPem, key: keyPem }
}

/** What a serving certificate may name is what the Node says of itself; the kubelet tells the rest later. */
async function register(client: Client, { nodeName, addresses }: NodePlace): Promise<void> {
  const key = { name: nodeName }
  try {
    await client.create(Node, {
      metadata: { ...key, labels: { 'kubernetes.io/hostname': nodeName } },
    })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
  const status = {
    addresses: [
      ...addresses.map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: nodeName },
    ],
  }
  await client.patch(Node, key, 'strategic', { status }, { subresource: 'status' })
}

function filesOf(name: string, { certPem, keyPem }: Credential): readonly [string, string][] {
  return [
    [`${name}.key`, keyPem],
    [`${name}.crt`, certPem],
  ]
}

/** When the node's certificates want to be renewed, in milliseconds since the epoch. */
export function renewAtMs(files: PkiFiles, nodeName: string): number {
  const times = Object.values(nodeFileNames(nodeName)).map((name) => {
    const { notBeforeMs, notAfterMs } = certificateFromPem(files.get(`${name}.crt`) ?? '')
    return notBeforeMs + (notAfterMs - notBeforeMs) * RENEWED_AT
  })
  return Math.min(...times)
}

/** Whether the node's certificates are of the cluster's present authority, the first of those that it believes. */
export function areOfPresentAuthority(files: PkiFiles, nodeName: string, crypto: Crypto): boolean {
  const authority = certificateFromPem(files.get('ca.crt') ?? '')
  return Object.values(nodeFileNames(nodeName)).every((name) =>
    isIssuedBy(crypto, certificateFromPem(files.get(`${name}.crt`) ?? ''), authority),
  )
}

/** The node's own certificate among its files; undefined where it has none yet. */
export function ownCredential(files: PkiFiles, nodeName: string): Credential | undefined {
  const { client } = nodeFileNames(nodeName)
  const [certPem, keyPem] = [files.get(`${client}.crt`), files.get(`${client}.key`)]
  return certPem === undefined || keyPem === undefined ? undefined : { certPem, keyPem }
}
