import { PodCertificateRequest } from '../../api/certificates/v1beta1/pod-certificate-request.ts'
import type { Node } from '../../api/core/v1/node.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { ServiceAccount } from '../../api/core/v1/service-account.ts'
import type { PodCertificateProjection } from '../../api/core/v1/volume-source.ts'
import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informer.ts'
import type { SharedInformers } from '../../client/shared-informers.ts'
import type { EventRecorder } from '../../controller-runtime/event-recorder.ts'
import { decodePem, encodePem } from '../../pki/pem.ts'
import { podEvents } from '../pod-workers/pod-events.ts'
import type { PodKey } from './pod-key.node.ts'

const JITTER_MS = 5 * 60_000 // So that not all Pods of a node ask at once.
const OVERDUE_MS = 10 * 60_000
const NOT_YET = 'credential bundle is not issued yet'

/** A private key and the certificates for it, PEM. */
interface Issued {
  readonly keyPem: string
  readonly chainPem: string
  /** When another one is to be asked for. */
  readonly refreshAtMs: number
  readonly expiresAtMs: number
  /** Which of its troubles the Pod's events tell of. */
  readonly told: Set<string>
}

export interface PodCertificate extends Pick<Issued, 'keyPem' | 'chainPem'> {
  /** When it is to be looked at again; undefined where nothing is to come. */
  readonly lookAtMs: number | undefined
}

/**
 * What is known of one source: what was issued, and what was asked for since. What is refused is refused for good.
 *
 *     {} ──► asked ──► issued ──► issued, asked ──► issued …
 *               └───────────────────────┴──► refused
 */
interface State {
  readonly issued?: Issued
  readonly asked?: Asked
  readonly refused?: string
}

/** A PodCertificateRequest, and the key that it is for. */
interface Asked {
  readonly name: string
  readonly resourceVersion: string
  readonly keyPem: string
}

/** Which source of a Pod. */
export interface PodCertificateSource {
  readonly pod: Pod
  readonly volumeName: string
  /** Among the sources of the volume. */
  readonly index: number
}

interface PodCertificatesOptions {
  readonly client: Client
  readonly informers: SharedInformers
  readonly clock: Clock
  readonly random: Random
  readonly recorder: EventRecorder
  /** This node's own Node alone. */
  readonly nodes: Informer<Node>
  readonly nodeName: string
  readonly makeKey: (keyType: string) => Promise<PodKey>
  /** Told when a request for the Pod has changed. */
  readonly changed: (podUid: string) => void
}

/**
 * The certificates in the projected volumes of this node's Pods (KEP-4317): asked for with PodCertificateRequests, and
 * again when the signer says so. An agent that starts asks for all of them anew.
 */
export class PodCertificates {
  readonly #options: PodCertificatesOptions
  /** By Pod and then by volume and source. */
  readonly #states = new Map<string, Map<string, State>>()
  #requests: Informer<PodCertificateRequest> | undefined

  constructor(options: PodCertificatesOptions) {
    this.#options = options
  }

  /** The certificate of a source. Throws upstream's words until there is one, and where there will be none. */
  async get(
    source: PodCertificateSource,
    projection: PodCertificateProjection,
  ): Promise<PodCertificate> {
    const { pod, volumeName, index } = source
    const ofPod = this.#states.getOrInsert(pod.metadata.uid, new Map())
    const key = `${volumeName}/${index}`
    const state = await this.#next(pod, projection, ofPod.get(key) ?? {})
    ofPod.set(key, state)
    if (state.refused !== undefined) throw new Error(state.refused)
    if (!state.issued) throw new Error(NOT_YET)
    const { keyPem, chainPem } = state.issued
    return { keyPem, chainPem, lookAtMs: this.#watchOver(pod, state.issued, state.asked) }
  }

  /** A Pod is gone. */
  forget(podUid: string): void {
    this.#states.delete(podUid)
  }

  async #next(pod: Pod, projection: PodCertificateProjection, state: State): Promise<State> {
    const { issued, asked, refused } = state
    if (refused !== undefined) return state
    if (asked) {
      const outcome = this.#outcome(pod, asked)
      if (outcome === 'pending') return state
      if (outcome !== 'gone') return outcome
    } else if (issued && this.#options.clock.now() < issued.refreshAtMs) return state
    return { ...(issued && { issued }), asked: await this.#ask(pod, projection) }
  }

  #outcome(pod: Pod, asked: Asked): State | 'pending' | 'gone' {
    const requests = this.#follow()
    const { namespace } = pod.metadata
    const request = requests.cache.get({ namespace, name: asked.name })
    if (!request) return requests.hasSeen(asked.resourceVersion) ? 'gone' : 'pending'
    const { conditions = [], ...status } = request.status
    const decided = conditions.find(({ type }) => ['Issued', 'Denied', 'Failed'].includes(type))
    if (!decided) return 'pending'
    const { type, reason, message } = decided
    if (type === 'Issued')
      return {
        issued: {
          keyPem: asked.keyPem,
          chainPem: onlyCertificates(status.certificateChain ?? ''),
          refreshAtMs: Date.parse(status.beginRefreshAt ?? '') + this.#jitterMs(),
          expiresAtMs: Date.parse(status.notAfter ?? ''),
          told: new Set(),
        },
      }
    const [what, how] = type === 'Denied' ? ['was denied', 'denied'] : ['failed', 'failed']
    const why = (separator: string) =>
      `reason=${JSON.stringify(reason)}${separator} message=${JSON.stringify(message)}`
    const name = `${namespace}/${asked.name}`
    const text = `PodCertificateRequest ${name} ${what}, ${why(',')}`
    podEvents(this.#options.recorder, pod)('Warning', type, text)
    return { refused: `PodCertificateRequest was permanently ${how}: ${why('')}` }
  }

  /** Tells the Pod's events where a certificate grows too old; gives the time when there is more to do. */
  #watchOver(pod: Pod, issued: Issued, asked: Asked | undefined): number | undefined {
    const { clock, recorder } = this.#options
    const { refreshAtMs, expiresAtMs, told } = issued
    const troubles = [
      ['CertificateOverdueForRefresh', 'PodCertificate refresh overdue', refreshAtMs + OVERDUE_MS],
      ['CertificateExpired', 'PodCertificate expired', expiresAtMs],
    ] as const
    const nowMs = clock.now()
    for (const [reason, message, atMs] of troubles) {
      if (nowMs < atMs || told.has(reason)) continue
      told.add(reason)
      podEvents(recorder, pod)('Warning', reason, message)
    }
    if (!asked) return refreshAtMs
    const coming = troubles.map(([, , atMs]) => atMs).filter((atMs) => atMs > nowMs)
    return coming.length > 0 ? Math.min(...coming) : undefined
  }

  #jitterMs(): number {
    return this.#options.random.next() * JITTER_MS
  }

  async #ask(pod: Pod, projection: PodCertificateProjection): Promise<Asked> {
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
