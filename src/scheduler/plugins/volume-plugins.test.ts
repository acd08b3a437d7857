import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import type { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import type { CSINode } from '../../api/storage/v1/csi-node.ts'
import { ClusterCache } from '../cache/cluster-cache.ts'
import { podInfo } from '../cache/pod-info.ts'
import { CycleState } from '../framework/cycle-state.ts'
import type { Plugin } from '../framework/plugin.ts'
import type { StorageLister } from '../storage-lister.ts'
import { nodeWith, podWith } from '../testing.ts'
import { nodeVolumeLimits } from './node-volume-limits/node-volume-limits.ts'
import { volumeRestrictions } from './volume-restrictions/volume-restrictions.ts'
import { volumeZone } from './volume-zone/volume-zone.ts'

interface Storage {
  /** What differs in the claims, by name; each is bound to a volume of its own name. */
  readonly claims?: Readonly<Record<string, object>>
  readonly volumes?: Readonly<Record<string, object>>
  readonly limit?: number
}

function lister({ claims = {}, volumes = {}, limit }: Storage): StorageLister {
  return {
    claim: (namespace, name) =>
      claims[name] &&
      ({
        metadata: { namespace, name },
        spec: { volumeName: name, ...claims[name] },
      } as unknown as PersistentVolumeClaim),
    volume: (name) =>
      volumes[name] &&
      ({ metadata: { name }, spec: {}, ...volumes[name] } as unknown as PersistentVolume),
    volumesOfClass: () => [],
    storageClass: () => undefined,
    csiNode: () =>
      limit === undefined
        ? undefined
        : ({
            spec: { drivers: [{ name: 'csi', nodeID: 'n', allocatable: { count: limit } }] },
          } as unknown as CSINode),
    csiDriver: () => undefined,
    capacitiesOfClass: () => [],
    whenClaim: () => ({ [Symbol.dispose]: () => undefined }),
  }
}

const using = (name: string, ...claims: readonly string[]) =>
  podWith(name, {
    spec: {
      volumes: claims.map((claimName) => ({
        name: claimName,
        persistentVolumeClaim: { claimName },
      })),
    },
  })

/** What the plugin says of a Pod on the only node, where others are already. */
function verdict(
  plugin: Plugin,
  pod: ReturnType<typeof podWith>,
  others: readonly ReturnType<typeof podWith>[] = [],
  labels: Readonly<Record<string, string>> = {},
): string | undefined {
  const cluster = new ClusterCache()
  cluster.setNode(nodeWith('n', { metadata: { labels } }))
  for (const other of others) cluster.assume(podInfo(other), 'n')
  const state = new CycleState()
  const before = plugin.preFilter?.(state, podInfo(pod), cluster)
  if (before?.status) return before.status.reasons[0] ?? before.status.code
  return plugin.filter?.(state, podInfo(pod), cluster.get('n')!)?.reasons[0]
}

test('VolumeZone keeps a Pod in the zones of its volume', () => {
  const zone = 'topology.kubernetes.io/zone'
  const plugin = volumeZone(
    lister({
      claims: { data: {} },
      volumes: { data: { metadata: { name: 'data', labels: { [zone]: 'a__b' } } } },
    }),
  )
  const pod = using('p', 'data')
  assert.equal(verdict(plugin, pod, [], { [zone]: 'b' }), undefined)
  assert.equal(verdict(plugin, pod, [], { [zone]: 'c' }), 'node(s) had no available volume zone')
  assert.equal(verdict(plugin, pod), undefined)
  const beta = 'failure-domain.beta.kubernetes.io/zone'
  assert.equal(verdict(plugin, pod, [], { [beta]: 'a' }), undefined)
  assert.equal(verdict(plugin, podWith('none')), 'Skip')
})

test('VolumeRestrictions lets one Pod have a claim for one Pod, and one node a disk', () => {
  const plugin = volumeRestrictions(
    lister({ claims: { data: { accessModes: ['ReadWriteOncePod'] }, shared: {} } }),
  )
  const inUse =
    'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode'
  assert.equal(verdict(plugin, using('p', 'data')), undefined)
  assert.equal(verdict(plugin, using('p', 'data'), [using('other', 'data')]), inUse)
  assert.equal(verdict(plugin, using('p', 'shared'), [using('other', 'shared')]), 'Skip')
  const disk = (name: string, readOnly = false) =>
    podWith(name, {
      spec: { volumes: [{ name: 'd', gcePersistentDisk: { pdName: 'disk', readOnly } }] },
    })
  assert.equal(verdict(plugin, disk('p'), [disk('o')]), 'node(s) had no available disk')
  assert.equal(verdict(plugin, disk('p', true), [disk('o', true)]), undefined)
})

test('NodeVolumeLimits counts each volume of a driver once', () => {
  const volume = (volumeHandle: string) => ({ spec: { csi: { driver: 'csi', volumeHandle } } })
  const storage: Storage = {
    claims: { a: {}, b: {}, c: {} },
    volumes: { a: volume('a'), b: volume('b'), c: volume('c') },
  }
  const limited = nodeVolumeLimits(lister({ ...storage, limit: 2 }))
  const full = [using('x', 'a'), using('y', 'b')]
  assert.equal(verdict(limited, using('p', 'c'), full), 'node(s) exceed max volume count')
  assert.equal(verdict(limited, using('p', 'a'), full), undefined)
  assert.equal(verdict(limited, using('p', 'b'), [using('x', 'a')]), undefined)
  assert.equal(verdict(nodeVolumeLimits(lister(storage)), using('p', 'c'), full), undefined)
})
