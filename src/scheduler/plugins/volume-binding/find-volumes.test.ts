import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { PersistentVolumeClaim } from '../../../api/core/v1/persistent-volume-claim.ts'
import type { PersistentVolume } from '../../../api/core/v1/persistent-volume.ts'
import type { StorageClass } from '../../../api/storage/v1/storage-class.ts'
import type { StorageLister } from '../../storage-lister.ts'
import { nodeWith } from '../../testing.ts'
import { AssumedVolumes } from './assumed-volumes.ts'
import { findVolumes } from './find-volumes.ts'

const HOST = 'kubernetes.io/hostname'
const NODES = ['n0', 'n1', 'n2']

const volumeShape = fc.record({
  gibibytes: fc.integer({ min: 1, max: 4 }),
  nodes: fc.subarray(NODES, { minLength: 1 }),
  isTaken: fc.boolean(),
})
const claimShape = fc.integer({ min: 1, max: 4 })
type VolumeShape = typeof volumeShape extends fc.Arbitrary<infer T> ? T : never

function volumeOf({ gibibytes, nodes, isTaken }: VolumeShape, i: number): PersistentVolume {
  const term = { matchExpressions: [{ key: HOST, operator: 'In', values: nodes }] }
  return {
    metadata: { name: `v${i}` },
    spec: {
      storageClassName: 'local',
      capacity: { storage: `${gibibytes}Gi` },
      accessModes: ['ReadWriteOnce'],
      nodeAffinity: { required: { nodeSelectorTerms: [term] } },
      ...(isTaken && { claimRef: { namespace: 'default', name: 'other', uid: 'other' } }),
    },
    status: { phase: isTaken ? 'Bound' : 'Available' },
  } as unknown as PersistentVolume
}

function claimOf(gibibytes: number, i: number): PersistentVolumeClaim {
  return {
    metadata: { namespace: 'default', name: `c${i}`, uid: `c${i}` },
    spec: {
      storageClassName: 'local',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: `${gibibytes}Gi` } },
    },
    status: {},
  } as unknown as PersistentVolumeClaim
}

/** What there is of storage, from lists. */
function listing(volumes: readonly PersistentVolume[]): StorageLister {
  const storageClass = { provisioner: 'kubernetes.io/no-provisioner' } as unknown as StorageClass
  return {
    claim: () => undefined,
    volume: (name) => volumes.find(({ metadata }) => metadata.name === name),
    volumesOfClass: () => volumes,
    storageClass: () => storageClass,
    csiNode: () => undefined,
    csiDriver: () => undefined,
    capacitiesOfClass: () => [],
    whenClaim: () => ({ [Symbol.dispose]: () => undefined }),
  }
}

/** Whether claims can each have a volume of their own, by trying all ways to deal them out. */
function canServeAll(claims: readonly number[], volumes: readonly VolumeShape[]): boolean {
  const [claim, ...others] = claims
  if (claim === undefined) return true
  return volumes.some(
    (volume, i) => volume.gibibytes >= claim && canServeAll(others, volumes.toSpliced(i, 1)),
  )
}

test('findVolumes() finds volumes for all claims of a Pod where there is any way to deal them out', () => {
  fc.assert(
    fc.property(
      fc.array(volumeShape, { maxLength: 5 }),
      fc.array(claimShape, { minLength: 1, maxLength: 4 }),
      (shapes, sizes) => {
        const volumes = shapes.map(volumeOf)
        const delayed = sizes.map(claimOf)
        for (const name of NODES) {
          const node = nodeWith(name, { metadata: { labels: { [HOST]: name } } })
          const reachable = shapes.filter(({ nodes, isTaken }) => !isTaken && nodes.includes(name))
          const claims = { bound: [], delayed, immediate: [] }
          const found = findVolumes(claims, node, listing(volumes), new AssumedVolumes())
          assert.equal(found.reasons.length === 0, canServeAll(sizes, reachable))
          const { bindings } = found.volumes
          const names = bindings.map(({ volume }) => volume.metadata.name)
          assert.equal(new Set(names).size, names.length)
          for (const { claim, volume } of bindings) {
            const shape = shapes[Number(volume.metadata.name.slice(1))]!
            assert.ok(reachable.includes(shape))
            assert.ok(shape.gibibytes >= sizes[Number(claim.metadata.name.slice(1))]!)
          }
        }
      },
    ),
    { numRuns: 200 },
  )
})
