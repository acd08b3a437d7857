import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import { controller, watch, type Controller, type Pass } from '../../controller-runtime/index.ts'
import { BOUND_BY_CONTROLLER } from '../../api/core/v1/volume-binding.ts'
import { planVolume } from './binding-plan.ts'
import { volumeGauges } from './volume-gauges.ts'

type Claim = PersistentVolumeClaim
type Volume = PersistentVolume

/** Annotates volumes that a provisioner made, which is also the one to delete them. */
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'

/** Tells in each volume's status whether it is free, bound or left, and frees those whose claim is gone. */
export function volumeBinder(name: string): Controller {
  return controller<Volume>(name, {
    queueName: 'volumes',
    for: PersistentVolume,
    watches: [
      watch(PersistentVolumeClaim, ({ spec }) =>
        spec.volumeName ? [{ name: spec.volumeName }] : [],
      ),
    ],
    sources: ({ metrics, cache }) => metrics.own(volumeGauges).follow(cache),
    concurrency: 1,

    async reconcile(volume, pass) {
      const plan = planVolume(volume, await claimOf(volume, pass))
      switch (plan.type) {
        case 'phase':
          return setPhase(volume, plan.phase, pass)
        case 'release':
          return release(volume, pass)
        case 'unbind':
          return unbind(volume, pass)
        case 'wait':
          return
        default:
          plan satisfies never
      }
    },
  })
}

/** The claim that a volume names. One that the cache does not show is asked for: it may be new. */
async function claimOf({ spec }: Volume, { cache, client }: Pass): Promise<Claim | undefined> {
  const { namespace = '', name = '', uid } = spec.claimRef ?? {}
  if (!uid) return undefined
  const cached = cache.get(PersistentVolumeClaim, { namespace, name })
  if (cached?.metadata.uid === uid) return cached
  try {
    return await client.get(PersistentVolumeClaim, { namespace, name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** The claim is gone: what becomes of the data is for the reclaim policy to say. */
async function release(volume: Volume, pass: Pass): Promise<void> {
  const { metadata, spec, status } = volume
  if (status.phase !== 'Failed') await setPhase(volume, 'Released', pass)
  if (spec.persistentVolumeReclaimPolicy !== 'Delete') return
  // Whoever made the volume deletes it.
  if (metadata.deletionTimestamp !== undefined) return
  if (metadata.annotations?.[PROVISIONED_BY] !== undefined || status.phase === 'Failed') return
  const message = `error getting deleter volume plugin for volume "${metadata.name}": no deletable volume plugin matched`
  pass.events.warning(volume, 'VolumeFailedDelete', message)
  const fresh = await pass.client.get(PersistentVolume, { name: metadata.name })
  await setPhase(fresh, 'Failed', pass, message)
}

async function unbind(volume: Volume, pass: Pass): Promise<void> {
  const { metadata, spec } = volume
  const { claimRef, ...free } = spec
  const { [BOUND_BY_CONTROLLER]: byController, ...annotations } = metadata.annotations ?? {}
  // What a user reserved stays reserved, for the next claim of that name.
  const { uid: _, resourceVersion: __, ...reserved } = claimRef ?? {}
  await pass.client.update(PersistentVolume, {
    ...volume,
    metadata: { ...metadata, annotations },
    spec: byController === undefined ? { ...free, claimRef: reserved } : free,
  })
}

async function setPhase(
  volume: Volume,
  phase: NonNullable<Volume['status']['phase']>,
  { client }: Pass,
  message?: string,
): Promise<void> {
  const { message: _, ...rest } = volume.status
  if (rest.phase === phase) return
  const status: Volume['status'] = { ...rest, phase, ...(message !== undefined && { message }) }
  await client.updateStatus(PersistentVolume, { ...volume, status })
}
