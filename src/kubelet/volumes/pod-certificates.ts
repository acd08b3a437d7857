import type { Pod } from '../../api/core/v1/pod.ts'
import type { PodCertificateProjection } from '../../api/core/v1/volume-source.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Random } from '../../base/random.ts'
import type { EventRecorder } from '../../controller-runtime/event-recorder.ts'
import { podEvents } from '../pod-workers/pod-events.ts'
import {
  PodCertificateRequests,
  type Asked,
  type Outcome,
  type PodCertificateRequestsOptions,
} from './pod-certificate-requests.ts'

const JITTER_MS = 5 * 60_000 // So that not all Pods of a node ask at once.
const OVERDUE_MS = 10 * 60_000
const RETRY_MS = 60_000
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
  readonly refused?: { readonly how: 'denied' | 'failed'; readonly text: string }
}

/** A source as metrics count it. */
export interface CountedCertificate {
  readonly signerName: string
  readonly state:
    | 'not_yet_issued'
    | 'fresh'
    | 'overdue_for_refresh'
    | 'expired'
    | 'denied'
    | 'failed'
}

/** Which source of a Pod. */
export interface PodCertificateSource {
  readonly pod: Pod
  readonly volumeName: string
  /** Among the sources of the volume. */
  readonly index: number
}

export interface PodCertificatesOptions extends PodCertificateRequestsOptions {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly recorder: EventRecorder
}

/**
 * The certificates in the projected volumes of this node's Pods (KEP-4317): asked for with PodCertificateRequests, and
 * again when the signer says so. An agent that starts asks for all of them anew.
 */
export class PodCertificates {
  readonly #options: PodCertificatesOptions
  /** By Pod and then by volume and source. */
  readonly #sources = new Map<string, Map<string, { readonly signerName: string; state: State }>>()
  readonly #requests: PodCertificateRequests

  constructor(options: PodCertificatesOptions) {
    this.#options = options
    this.#requests = new PodCertificateRequests(options)
  }

  /** The certificate of a source. Throws upstream's words until there is one, and where there will be none. */
  async get(
    source: PodCertificateSource,
    projection: PodCertificateProjection,
  ): Promise<PodCertificate> {
    const { pod, volumeName, index } = source
    const ofPod = this.#sources.getOrInsert(pod.metadata.uid, new Map())
    const known = { signerName: projection.signerName, state: {} }
    const found = ofPod.getOrInsert(`${volumeName}/${index}`, known)
    const state = await this.#next(pod, projection, found.state)
    found.state = state
    if (state.refused) throw new Error(state.refused.text)
    if (!state.issued) throw new Error(NOT_YET)
    const { keyPem, chainPem } = state.issued
    return { keyPem, chainPem, lookAtMs: this.#watchOver(pod, state.issued, state.asked) }
  }

  /** A Pod is gone. */
  forget(podUid: string): void {
    this.#sources.delete(podUid)
  }

  /** All sources of this node's Pods. */
  list(): readonly CountedCertificate[] {
    const nowMs = this.#options.clock.now()
    const all = [...this.#sources.values()].flatMap((ofPod) => [...ofPod.values()])
    return all.map(({ signerName, state }) => ({ signerName, state: counted(state, nowMs) }))
  }

  async #next(pod: Pod, projection: PodCertificateProjection, state: State): Promise<State> {
    const { issued, asked, refused } = state
    if (refused) return state
    if (asked) {
      const outcome = this.#requests.outcome(pod, asked)
      if (outcome === 'pending') return state
      if (outcome !== 'gone') return this.#decided(pod, asked, outcome)
    } else if (issued && this.#options.clock.now() < issued.refreshAtMs) return state
    const had = issued && { issued }
    try {
      return { ...had, asked: await this.#requests.ask(pod, projection) }
    } catch (error) {
      if (!had) throw error
      this.#options.logger.warn('Cannot ask for a new certificate of a Pod', {
        pod: `${pod.metadata.namespace}/${pod.metadata.name}`,
        error: String(error),
      })
      return had
    }
  }

  #decided(pod: Pod, { name, keyPem }: Asked, outcome: Exclude<Outcome, string>): State {
    const { random, recorder } = this.#options
    if (outcome.type === 'Issued') {
      const { chainPem, beginRefreshAtMs, expiresAtMs } = outcome
      const refreshAtMs = beginRefreshAtMs + random.next() * JITTER_MS
      return { issued: { keyPem, chainPem, refreshAtMs, expiresAtMs, told: new Set() } }
    }
    const { type, reason, message } = outcome
    const [what, how] =
      type === 'Denied' ? (['was denied', 'denied'] as const) : (['failed', 'failed'] as const)
    const why = (separator: string) =>
      `reason=${JSON.stringify(reason)}${separator} message=${JSON.stringify(message)}`
    const text = `PodCertificateRequest ${pod.metadata.namespace}/${name} ${what}, ${why(',')}`
    podEvents(recorder, pod)('Warning', type, text)
    const refusal = `PodCertificateRequest was permanently ${how}: ${why('')}`
    return { refused: { how, text: refusal } }
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
    if (!asked) return refreshAtMs > nowMs ? refreshAtMs : nowMs + RETRY_MS
    const coming = troubles.map(([, , atMs]) => atMs).filter((atMs) => atMs > nowMs)
    return coming.length > 0 ? Math.min(...coming) : undefined
  }
}

function counted({ issued, refused }: State, nowMs: number): CountedCertificate['state'] {
  if (refused) return refused.how
  if (!issued) return 'not_yet_issued'
  if (nowMs >= issued.expiresAtMs) return 'expired'
  return nowMs >= issued.refreshAtMs + OVERDUE_MS ? 'overdue_for_refresh' : 'fresh'
}
