import { claimsOfPod } from '../../../api/core/v1/pod-volumes.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Client } from '../../../client/client.ts'
import { ADD, NODE_LABEL, on, queueIf, UPDATE } from '../../framework/cluster-event.ts'
import { stateKey, type CycleState } from '../../framework/cycle-state.ts'
import type { Plugin } from '../../framework/plugin.ts'
import { failed, SKIP, unresolvable, type Status } from '../../framework/status.ts'
import type { StorageLister } from '../../storage-lister.ts'
import type { AssumedVolumes, PodVolumes } from './assumed-volumes.ts'
import { bindVolumes } from './bind-volumes.ts'
import { findVolumes } from './find-volumes.ts'
import { podClaims, type PodClaims } from './pod-claims.ts'

export interface VolumeBindingArgs {
  /** How long the volumes of a Pod may take to be bound; 600 s where absent. */
  readonly bindTimeoutSeconds?: number
}

export interface VolumeBindingOptions extends VolumeBindingArgs {
  readonly storage: StorageLister
  readonly assumedVolumes: AssumedVolumes
  readonly client: Client
  readonly clock: Clock
  readonly signal: AbortSignal
}

interface Found {
  readonly claims: PodClaims
  /** What Filter found for each node. */
  readonly byNode: Map<string, PodVolumes>
}

const found = stateKey<Found>('VolumeBinding')
const UNBOUND = unresolvable('pod has unbound immediate PersistentVolumeClaims')

/**
 * Sends Pods to where their volumes are, and has volumes made where Pods go
 * (https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode).
 */
export function volumeBinding(options: VolumeBindingOptions): Plugin {
  const { storage, assumedVolumes: assumed, bindTimeoutSeconds = 600 } = options
  const volumesOn = (state: CycleState, nodeName: string): PodVolumes | undefined => {
    const volumes = state.read(found)?.byNode.get(nodeName)
    const isWork = volumes && volumes.bindings.length + volumes.provisions.length > 0
    return isWork ? volumes : undefined
  }
  const bind = async (volumes: PodVolumes, nodeName: string): Promise<Status | undefined> => {
    try {
      await bindVolumes(volumes, nodeName, { ...options, timeoutMs: bindTimeoutSeconds * 1000 })
    } catch (error) {
      return failed(new Error(`binding volumes: ${(error as Error).message}`, { cause: error }))
    }
    assumed.forget(volumes)
    return undefined
  }

  return {
    name: 'VolumeBinding',
    events: [
      on('StorageClass', ADD | UPDATE),
      on('PersistentVolumeClaim', ADD | UPDATE, (pod, { after }) =>
        queueIf(
          after?.metadata.namespace === pod.metadata.namespace &&
            claimsOfPod(pod).some(({ claimName }) => claimName === after.metadata.name),
        ),
      ),
      on('PersistentVolume', ADD | UPDATE),
      on('Node', ADD | NODE_LABEL),
      on('CSIDriver', UPDATE),
      on('CSIStorageCapacity', ADD | UPDATE),
    ],

    preFilter(state, { pod }) {
      if (claimsOfPod(pod).length === 0) return { status: SKIP }
      const result = podClaims(pod, storage)
      if ('problem' in result) return { status: unresolvable(result.problem) }
      if (result.claims.immediate.length > 0) return { status: UNBOUND }
      state.write(found, { claims: result.claims, byNode: new Map() })
      return undefined
    },

    filter(state, _pod, { node, name }) {
      const { claims, byNode } = state.read(found)!
      const { volumes, reasons } = findVolumes(claims, node, storage, assumed)
      if (reasons.length > 0) return unresolvable(...reasons)
      byNode.set(name, volumes)
      return undefined
    },

    reserve(state, _pod, nodeName) {
      const volumes = volumesOn(state, nodeName)
      if (volumes) assumed.assume(volumes, nodeName)
      return undefined
    },

    unreserve(state, _pod, nodeName) {
      const volumes = volumesOn(state, nodeName)
      if (volumes) assumed.forget(volumes)
    },

    preBind(state, _pod, nodeName) {
      const volumes = volumesOn(state, nodeName)
      return volumes && bind(volumes, nodeName)
    },
  }
}
