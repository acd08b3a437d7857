import { PersistentVolumeClaim } from '../../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../../api/core/v1/persistent-volume.ts'
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  isBoundTo,
  SELECTED_NODE,
} from '../../../api/core/v1/volume-binding.ts'
import { abortable } from '../../../base/async.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Client } from '../../../client/client.ts'
import type { StorageLister } from '../../storage-lister.ts'
import type { Binding, PodVolumes } from './assumed-volumes.ts'

type Claim = PersistentVolumeClaim

export interface BindOptions {
  readonly client: Client
  readonly clock: Clock
  readonly storage: StorageLister
  /** How long provisioners and the volume controller may take. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * Asks for the volumes that were chosen, and resolves once all claims are bound. Throws where a volume cannot be had:
 * another node may do then.
 */
export async function bindVolumes(
  { bindings, provisions }: PodVolumes,
  nodeName: string,
  options: BindOptions,
): Promise<void> {
  for (const binding of bindings) await reserveVolume(binding, options.client)
  for (const claim of provisions) await selectNode(claim, nodeName, options)
  const claims = [...bindings.map(({ claim }) => claim), ...provisions]
  await Promise.all(claims.map((claim) => untilBound(claim, nodeName, options)))
}

/** Names the claim in the volume; the volume controller does the rest. */
async function reserveVolume({ claim, volume }: Binding, client: Client): Promise<void> {
  if (isBoundTo(volume, claim) && volume.spec.claimRef?.uid === claim.metadata.uid) return
  const { namespace, name, uid, resourceVersion } = claim.metadata
  const annotations = { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' }
  await client.update(PersistentVolume, {
    ...volume,
    metadata: volume.spec.claimRef ? volume.metadata : { ...volume.metadata, annotations },
    spec: {
      ...volume.spec,
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace,
        name,
        uid,
        resourceVersion,
      },
    },
  })
}

/** Tells the provisioner which node the volume is for. */
async function selectNode(claim: Claim, nodeName: string, { client }: BindOptions): Promise<void> {
  const annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: nodeName }
  await client.update(PersistentVolumeClaim, {
    ...claim,
    metadata: { ...claim.metadata, annotations },
  })
}

/** Resolves once the claim is bound. Throws where it is gone, or where its provisioner gives the node up. */
function untilBound(
  { metadata }: Claim,
  nodeName: string,
  { clock, storage, timeoutMs, signal }: BindOptions,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let isAsked = false
  const settle = (now: Claim | undefined): boolean => {
    if (now?.metadata.uid !== metadata.uid) {
      reject(new Error(`persistentvolumeclaim "${metadata.name}" not found`))
      return true
    }
    if (isBound(now)) {
      resolve()
      return true
    }
    const isSelected = now.metadata.annotations?.[SELECTED_NODE] === nodeName
    // A provisioner that cannot make a volume for the node takes the annotation away.
    if (isAsked && !isSelected) reject(new Error(`provisioning failed for PVC "${metadata.name}"`))
    const isGivenUp = isAsked && !isSelected
    isAsked = isSelected
    return isGivenUp
  }
  const waiting = storage.whenClaim({ metadata }, settle, () => undefined)
  const timer = clock.after(timeoutMs, () => reject(new Error('context deadline exceeded')))
  return abortable(promise, signal).finally(() => {
    waiting[Symbol.dispose]()
    timer[Symbol.dispose]()
  })
}

function isBound({ metadata, spec }: Claim): boolean {
  return Boolean(spec.volumeName) && metadata.annotations?.[BIND_COMPLETED] !== undefined
}
