import { claimsOfPod } from '../../../api/core/v1/pod-volumes.ts'
import type { PersistentVolume } from '../../../api/core/v1/persistent-volume.ts'
import { ADD, NODE_LABEL, on, UPDATE } from '../../framework/cluster-event.ts'
import { stateKey } from '../../framework/cycle-state.ts'
import type { Plugin } from '../../framework/plugin.ts'
import { SKIP, unresolvable, type Status } from '../../framework/status.ts'
import type { StorageLister } from '../../storage-lister.ts'

/** The values that a node may have of a label. */
interface Topology {
  readonly label: string
  readonly values: ReadonlySet<string>
}

const topologies = stateKey<readonly Topology[]>('VolumeZone')
const CONFLICT = unresolvable('node(s) had no available volume zone')

const ZONE = 'topology.kubernetes.io/zone'
const REGION = 'topology.kubernetes.io/region'
/** The labels of zones and regions, with the names that they had before. */
const LABELS: Readonly<Record<string, string>> = {
  [ZONE]: ZONE,
  [REGION]: REGION,
  'failure-domain.beta.kubernetes.io/zone': ZONE,
  'failure-domain.beta.kubernetes.io/region': REGION,
}

/** Keeps Pods in the zones that the labels of their volumes name. */
export function volumeZone(storage: StorageLister): Plugin {
  return {
    name: 'VolumeZone',
    events: [
      on('StorageClass', ADD),
      on('Node', ADD | NODE_LABEL),
      on('PersistentVolumeClaim', ADD | UPDATE),
      on('PersistentVolume', ADD | UPDATE),
    ],

    preFilter(state, { pod }) {
      const wanted: Topology[] = []
      for (const { claimName } of claimsOfPod(pod)) {
        const found = volumeOf(pod.metadata.namespace, claimName, storage)
        if ('status' in found) return found
        if (found.volume) wanted.push(...topologiesOf(found.volume))
      }
      if (wanted.length === 0) return { status: SKIP }
      state.write(topologies, wanted)
      return undefined
    },

    filter(state, _pod, { labels }) {
      // A node that names neither zone nor region is in a cluster that has none.
      if (!Object.keys(LABELS).some((label) => Object.hasOwn(labels, label))) return undefined
      const fits = state.read(topologies)!.every(({ label, values }) => {
        const older = Object.keys(LABELS).find((each) => LABELS[each] === label && each !== label)
        return values.has(labels[label] ?? labels[older ?? ''] ?? '')
      })
      return fits ? undefined : CONFLICT
    },
  }
}

function volumeOf(
  namespace: string,
  claimName: string,
  storage: StorageLister,
): { readonly volume?: PersistentVolume } | { readonly status: Status } {
  const claim = storage.claim(namespace, claimName)
  if (!claim) return { status: unresolvable(`persistentvolumeclaim "${claimName}" not found`) }
  const { volumeName, storageClassName } = claim.spec
  if (!volumeName) {
    const mode = storage.storageClass(storageClassName ?? '')?.volumeBindingMode
    // Volumes that are yet to be chosen are the concern of VolumeBinding.
    if (mode === 'WaitForFirstConsumer') return {}
    return { status: unresolvable('PersistentVolume had no name') }
  }
  const volume = storage.volume(volumeName)
  return volume
    ? { volume }
    : { status: unresolvable(`persistentvolume "${volumeName}" not found`) }
}

function topologiesOf({ metadata }: PersistentVolume): readonly Topology[] {
  return Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    const label = LABELS[key]
    // A volume that is in several zones names them so.
    return label === undefined ? [] : [{ label, values: new Set(value.split('__')) }]
  })
}
