import { ClusterTrustBundle } from '../../api/certificates/v1beta1/cluster-trust-bundle.ts'
import type { ClusterTrustBundleProjection } from '../../api/core/v1/volume-source.ts'
import { matches, selectorFrom } from '../../apimachinery/labels.ts'
import type { Informer } from '../../client/informer.ts'
import type { SharedInformers } from '../../client/shared-informers.ts'
import { decodePem, encodePem } from '../../pki/pem.ts'

interface Followed {
  readonly informer: Informer<ClusterTrustBundle>
  readonly subscription: Disposable
}

/**
 * What ClusterTrustBundles hold, for projected volumes (KEP-3257). They are followed, all of them, as long as a Pod uses
 * any.
 */
export class TrustAnchors implements Disposable {
  readonly #informers: SharedInformers
  readonly #changed: (podUid: string) => void
  readonly #users = new Set<string>()
  readonly #end = new AbortController()
  #followed: Followed | undefined

  constructor(informers: SharedInformers, changed: (podUid: string) => void) {
    this.#informers = informers
    this.#changed = changed
  }

  /**
   * The certificates that a source asks for as PEM, each once; their order means nothing. The Pod is told of changes
   * from now on. Throws upstream's words where there is no bundle and the source is not optional.
   */
  async pem(source: ClusterTrustBundleProjection, podUid: string): Promise<string> {
    this.#users.add(podUid)
    const { informer } = (this.#followed ??= this.#follow())
    await informer.catchUp({ signal: this.#end.signal })
    const bundles = chosenBundles(informer.cache.list(), source)
    if (bundles.length === 0 && !source.optional) throw new Error(missing(source))
    return joinedAnchors(bundles)
  }

  /** A Pod is gone. */
  async release(podUid: string): Promise<void> {
    if (!this.#users.delete(podUid) || this.#users.size > 0) return
    this.#followed?.subscription[Symbol.dispose]()
    this.#followed = undefined
    await this.#informers.stop(ClusterTrustBundle)
  }

  [Symbol.dispose](): void {
    this.#end.abort()
  }

  #follow(): Followed {
    const informer = this.#informers.informer(ClusterTrustBundle)
    const tell = (): void => {
      for (const each of this.#users) this.#changed(each)
    }
    const subscription = informer.subscribe({
      // What was there from the start, whoever reads waits for.
      add: (_, initial) => void (initial || tell()),
      update: tell,
      delete: tell,
    })
    return { informer, subscription }
  }
}

/** The bundles of a source: the one of its name, or those of its signer that its selector matches. */
export function chosenBundles(
  all: readonly ClusterTrustBundle[],
  { name, signerName, labelSelector }: ClusterTrustBundleProjection,
): readonly ClusterTrustBundle[] {
  if (name !== undefined) return all.filter(({ metadata }) => metadata.name === name)
  const selector = selectorFrom(labelSelector)
  return all.filter(
    ({ metadata, spec }) => spec.signerName === signerName && matches(selector, metadata.labels),
  )
}

/** The certificates of bundles as PEM, each once, without what else stands in them. */
export function joinedAnchors(bundles: readonly ClusterTrustBundle[]): string {
  const blocks = bundles.flatMap(({ spec }) => decodePem(spec.trustBundle))
  const pem = new Set(blocks.map(({ der }) => encodePem('CERTIFICATE', der)))
  return [...pem].toSorted().join('')
}

function missing({ name }: ClusterTrustBundleProjection): string {
  return name === undefined
    ? 'combination of signerName and labelSelector matched zero ClusterTrustBundles'
    : `while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io ${JSON.stringify(name)} not found`
}
