import { PodCertificateRequest } from '../../api/certificates/v1beta1/pod-certificate-request.ts'
import type { Node } from '../../api/core/v1/node.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { ServiceAccount } from '../../api/core/v1/service-account.ts'
import type { PodCertificateProjection } from '../../api/core/v1/volume-source.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informer.ts'
import type { SharedInformers } from '../../client/shared-informers.ts'
import { decodePem, encodePem } from '../../pki/pem.ts'
import type { PodKey } from './pod-key.node.ts'

export interface PodCertificateRequestsOptions {
  readonly client: Client
  readonly informers: SharedInformers
  /** This node's own Node alone. */
  readonly nodes: Informer<Node>
  readonly nodeName: string
  readonly makeKey: (keyType: string) => Promise<PodKey>
  /** Told when a request for the Pod has changed. */
  readonly changed: (podUid: string) => void
}

/** A PodCertificateRequest, and the key that it is for. */
export interface Asked {
  readonly name: string
  readonly resourceVersion: string
  readonly keyPem: string
}

/** What a signer said, or that there is no request any more. */
export type Outcome =
  | 'pending'
  | 'gone'
  | {
      readonly type: 'Issued'
      readonly chainPem: string
      readonly beginRefreshAtMs: number
      readonly expiresAtMs: number
    }
  | { readonly type: 'Denied' | 'Failed'; readonly reason: string; readonly message: string }

const DECISIONS = ['Issued', 'Denied', 'Failed'] as const

/** What this node asks signers for, for its Pods. */
export class PodCertificateRequests {
  readonly #options: PodCertificateRequestsOptions
  #requests: Informer<PodCertificateRequest> | undefined

  constructor(options: PodCertificateRequestsOptions) {
    this.#options = options
  }

  /** Makes a key, and asks for a certificate. */
  async ask(pod: Pod, projection: PodCertificateProjection): Promise<Asked> {
    const { client, nodes, nodeName, makeKey } = this.#options
    this.#follow()
    const { namespace, name, uid } = pod.metadata
    const serviceAccountName = pod.spec.serviceAccountName || 'default'
    const account = await client.get(ServiceAccount, { namespace, name: serviceAccountName })
    const node = nodes.cache.get({ name: nodeName })
    if (!node)
      throw new Error(
        `while getting node object from local cache: node ${JSON.stringify(nodeName)} not found`,
      )
    const { signerName, keyType, maxExpirationSeconds, userAnnotations } = projection
    const { keyPem, request } = await makeKey(keyType)
    const { metadata } = await client.create(PodCertificateRequest, {
      metadata: {
        namespace,
        generateName: 'req-',
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }],
      },
      spec: {
        signerName,
        podName: name,
        podUID: uid,
        serviceAccountName,
        serviceAccountUID: account.metadata.uid,
        nodeName,
        nodeUID: node.metadata.uid,
        ...(maxExpirationSeconds !== undefined && { maxExpirationSeconds }),
        stubPKCS10Request: request.toBase64(),
        ...(userAnnotations && { unverifiedUserAnnotations: userAnnotations }),
      },
    })
    return { name: metadata.name, resourceVersion: metadata.resourceVersion, keyPem }
  }

  outcome({ metadata: { namespace } }: Pod, { name, resourceVersion }: Asked): Outcome {
    const requests = this.#follow()
    const request = requests.cache.get({ namespace, name })
    if (!request) return requests.hasSeen(resourceVersion) ? 'gone' : 'pending'
    const { conditions = [], certificateChain, beginRefreshAt, notAfter } = request.status
    for (const type of DECISIONS) {
      const found = conditions.find((each) => each.type === type)
      if (!found) continue
      if (type !== 'Issued') return { type, reason: found.reason, message: found.message }
      return {
        type,
        chainPem: onlyCertificates(certificateChain ?? ''),
        beginRefreshAtMs: Date.parse(beginRefreshAt ?? ''),
        expiresAtMs: Date.parse(notAfter ?? ''),
      }
    }
    return 'pending'
  }

  /** A node may only see what is asked for its own Pods. */
  #follow(): Informer<PodCertificateRequest> {
    if (this.#requests) return this.#requests
    const { informers, nodeName, changed } = this.#options
    const requests = informers.informer(PodCertificateRequest, {
      fieldSelector: `spec.nodeName=${nodeName}`,
    })
    const tell = ({ spec }: PodCertificateRequest): void => changed(spec.podUID)
    requests.subscribe({ update: tell, delete: tell })
    this.#requests = requests
    return requests
  }
}

/** A chain without whatever else a signer wrote. */
function onlyCertificates(chain: string): string {
  return decodePem(chain)
    .filter(({ label }) => label === 'CERTIFICATE')
    .map(({ label, der }) => encodePem(label, der))
    .join('')
}
