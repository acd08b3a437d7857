import type { Node } from '../../../api/core/v1/node.ts'
import { matchesNodeSelector } from '../../../api/core/v1/node-affinity.ts'
import type { PersistentVolumeClaim } from '../../../api/core/v1/persistent-volume-claim.ts'
import { findVolume, SELECTED_NODE } from '../../../api/core/v1/volume-binding.ts'
import { quantityValue } from '../../../schema/quantity.ts'
import type { StorageLister } from '../../storage-lister.ts'
import type { AssumedVolumes, Binding, PodVolumes } from './assumed-volumes.ts'
import type { PodClaims } from './pod-claims.ts'
import { canProvision } from './provisioning.ts'

type Claim = PersistentVolumeClaim

const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity"
const BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind"
const NO_SPACE = 'node(s) did not have enough free storage'
const NO_VOLUME = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'

export interface FoundVolumes {
  readonly volumes: PodVolumes
  /** Why the node will not do; none where it will. */
  readonly reasons: readonly string[]
}

/** What is to be done for a Pod's claims where it runs on this node, or why it cannot. */
export function findVolumes(
  { bound, delayed }: PodClaims,
  node: Node,
  storage: StorageLister,
  assumed: AssumedVolumes,
): FoundVolumes {
  const reasons = new Set(boundProblems(bound, node, storage))
  const selected = (claim: Claim): string | undefined =>
    assumed.nodeOf(claim) ?? claim.metadata.annotations?.[SELECTED_NODE]
  // A volume is being made already for where an earlier choice sent the Pod.
  if (delayed.some((claim) => ![undefined, node.metadata.name].includes(selected(claim)))) {
    return { volumes: NOTHING, reasons: [...reasons, BIND_CONFLICT] }
  }
  const bindings = matchVolumes(
    delayed.filter((claim) => selected(claim) === undefined),
    node,
    storage,
    assumed,
  )
  const matched = new Set(bindings.map(({ claim }) => claim))
  const provisions = delayed.filter((claim) => !matched.has(claim))
  for (const claim of provisions) {
    const verdict = canProvision(claim, node, storage)
    if (verdict === 'no') reasons.add(BIND_CONFLICT)
    if (verdict === 'full') reasons.add(NO_SPACE)
  }
  return { volumes: { bindings, provisions }, reasons: [...reasons] }
}

const NOTHING: PodVolumes = { bindings: [], provisions: [] }

function boundProblems(bound: readonly Claim[], node: Node, storage: StorageLister): string[] {
  return bound.flatMap(({ spec }) => {
    const volume = storage.volume(spec.volumeName ?? '')
    if (!volume) return [NO_VOLUME]
    const required = volume.spec.nodeAffinity?.required
    return required && !matchesNodeSelector(required, node) ? [NODE_CONFLICT] : []
  })
}

/** Volumes that are there already, for as many claims as there are: the smallest claims choose first. */
function matchVolumes(
  claims: readonly Claim[],
  node: Node,
  storage: StorageLister,
  assumed: AssumedVolumes,
): readonly Binding[] {
  const chosen = new Set<string>()
  return claims.toSorted(bySize).flatMap((claim) => {
    const free = storage
      .volumesOfClass(claim.spec.storageClassName ?? '')
      .filter((volume) => !chosen.has(volume.metadata.name) && !assumed.isTaken(volume, claim))
    const volume = findVolume(claim, free, { isDelayed: false, node })
    if (!volume) return []
    chosen.add(volume.metadata.name)
    return [{ claim, volume }]
  })
}

function bySize(a: Claim, b: Claim): number {
  const [left, right] = [a, b].map(({ spec }) =>
    quantityValue(spec.resources?.requests?.['storage']),
  )
  return left! - right!
}
