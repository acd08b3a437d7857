import { PersistentVolume } from '../../../api/core/v1/persistent-volume.ts'
import { Pod } from '../../../api/core/v1/pod.ts'
import { ResourceSlice } from '../../../api/resource/v1/resource-slice.ts'
import { VolumeAttachment } from '../../../api/storage/v1/volume-attachment.ts'
import { indexBy } from '../../../client/object-cache.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import { referencesOf, type PodReference } from '../../../api/core/v1/pod-references.ts'
import { volumeSecrets } from './volume-secrets.ts'

const MIRROR = 'kubernetes.io/config.mirror'

// Under each node, so that what every Pod of a namespace refers to is still one look-up.
const podsByReference = indexBy(Pod, 'references of a node', (pod) => {
  const { nodeName } = pod.spec
  // A mirror Pod may not refer to anything: its node would get at what it likes.
  if (!nodeName || pod.metadata.annotations?.[MIRROR] !== undefined) return []
  const { namespace } = pod.metadata
  const values = referencesOf(pod).map((each) => valueOf(nodeName, { ...each, namespace }))
  return [...new Set(values)]
})

const volumesBySecret = indexBy(PersistentVolume, 'secret', (volume) =>
  volumeSecrets(volume).map(({ namespace, name }) => `${namespace}/${name}`),
)

export type NodeReference = PodReference & { readonly namespace: string }

/** What belongs to a node: the Pods bound to it, and what those refer to, by way of claims and volumes too. */
export class NodeGraph {
  readonly #pods
  readonly #volumes
  readonly #attachments
  readonly #slices

  constructor(live: LiveObjects) {
    this.#pods = live.informer(Pod)
    this.#volumes = live.informer(PersistentVolume)
    this.#attachments = live.informer(VolumeAttachment)
    this.#slices = live.informer(ResourceSlice)
  }

  hasPod(node: string, namespace: string, name: string): boolean {
    return this.#pods.cache.get({ namespace, name })?.spec.nodeName === node
  }

  /** Whether a Pod of the node refers to it. */
  refersTo(node: string, reference: NodeReference): boolean {
    if (this.#pods.cache.count(podsByReference, valueOf(node, reference)) > 0) return true
    return reference.kind === 'Secret' && this.#needsForVolume(node, reference)
  }

  /** Whether a Pod of the node claims the volume. */
  hasVolume(node: string, name: string): boolean {
    const volume = this.#volumes.cache.get({ name })
    return volume !== undefined && this.#claims(node, volume)
  }

  hasAttachment(node: string, name: string): boolean {
    return this.#attachments.cache.get({ name })?.spec.nodeName === node
  }

  hasSlice(node: string, name: string): boolean {
    return this.#slices.cache.get({ name })?.spec.nodeName === node
  }

  #needsForVolume(node: string, { namespace, name }: NodeReference): boolean {
    const volumes = this.#volumes.cache.find(volumesBySecret, `${namespace}/${name}`)
    return volumes.some((volume) => this.#claims(node, volume))
  }

  #claims(node: string, { spec }: PersistentVolume): boolean {
    const { namespace, name } = spec.claimRef ?? {}
    if (!namespace || !name) return false
    return this.refersTo(node, { kind: 'PersistentVolumeClaim', namespace, name })
  }
}

function valueOf(node: string, { kind, namespace, name }: NodeReference): string {
  return `${node}/${kind}/${namespace}/${name}`
}
