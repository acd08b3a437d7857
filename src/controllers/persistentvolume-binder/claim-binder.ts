import { Node } from '../../api/core/v1/node.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { StorageClass } from '../../api/storage/v1/storage-class.ts'
import { equal } from '../../apimachinery/equality.ts'
import {
  controller,
  indexBy,
  watch,
  type Controller,
  type Pass,
} from '../../controller-runtime/index.ts'
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  findVolume,
  isBoundTo,
  mismatch,
  SELECTED_NODE,
} from '../../api/core/v1/volume-binding.ts'

type Claim = PersistentVolumeClaim
type Volume = PersistentVolume

const NO_PROVISIONER = 'kubernetes.io/no-provisioner'
const PROVISIONER = 'volume.kubernetes.io/storage-provisioner'
const BETA_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner'

/** Claims that wait for a volume of a class, which a new volume may end. */
const waitingByClass = indexBy(PersistentVolumeClaim, 'waiting', ({ metadata, spec }) =>
  metadata.annotations?.[BIND_COMPLETED] === undefined ? [spec.storageClassName ?? ''] : [],
)

/** Finds each claim a volume, or has one made for it. */
export function claimBinder(name: string): Controller {
  return controller<Claim>(name, {
    queueName: 'claims',
    for: PersistentVolumeClaim,
    watches: [
      watch(PersistentVolume, ({ spec }, cache) => [
        ...(spec.claimRef
          ? [{ namespace: spec.claimRef.namespace ?? '', name: spec.claimRef.name ?? '' }]
          : []),
        ...cache.find(waitingByClass, spec.storageClassName ?? '').map(({ metadata }) => metadata),
      ]),
      watch(StorageClass, ({ metadata }, cache) =>
        cache.find(waitingByClass, metadata.name).map((claim) => claim.metadata),
      ),
    ],
    reads: [Node],
    // One after the other: two claims must not take one volume.
    concurrency: 1,

    async reconcile(claim, pass) {
      if (claim.metadata.deletionTimestamp !== undefined) return
      if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) await keepBound(claim, pass)
      else if (claim.spec.volumeName) await bindNamed(claim, claim.spec.volumeName, pass)
      else await bindAny(claim, pass)
    },
  })
}

async function keepBound(claim: Claim, pass: Pass): Promise<void> {
  const { volumeName } = claim.spec
  const volume = volumeName ? pass.cache.get(PersistentVolume, { name: volumeName }) : undefined
  if (!volumeName) {
    const message =
      'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!'
    await lose(claim, 'ClaimLost', message, pass)
  } else if (!volume) {
    const message = 'Bound claim has lost its PersistentVolume. Data on the volume is lost!'
    await lose(claim, 'ClaimLost', message, pass)
  } else if (!volume.spec.claimRef || isBoundTo(volume, claim)) {
    await bind(claim, volume, pass)
  } else {
    const message = 'Two claims are bound to the same volume, this one is bound incorrectly'
    await lose(claim, 'ClaimMisbound', message, pass)
  }
}

async function bindNamed(claim: Claim, volumeName: string, pass: Pass): Promise<void> {
  const volume = pass.cache.get(PersistentVolume, { name: volumeName })
  if (!volume) return setPending(claim, pass)
  if (volume.spec.claimRef && !isBoundTo(volume, claim)) {
    const message = `volume "${volumeName}" already bound to a different claim.`
    pass.events.warning(claim, 'FailedBinding', message)
    return setPending(claim, pass)
  }
  const problem = volume.spec.claimRef ? undefined : mismatch(volume, claim)
  if (problem !== undefined) {
    const message = `Cannot bind to requested volume "${volumeName}": ${problem}`
    pass.events.warning(claim, 'VolumeMismatch', message)
    return setPending(claim, pass)
  }
  await bind(claim, volume, pass)
}

async function bindAny(claim: Claim, pass: Pass): Promise<void> {
  const { cache } = pass
  const { storageClassName = '' } = claim.spec
  const storageClass = cache.get(StorageClass, { name: storageClassName })
  const selected = claim.metadata.annotations?.[SELECTED_NODE]
  const isDelayed =
    storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && selected === undefined
  const node = selected === undefined ? undefined : cache.get(Node, { name: selected })
  const volume = findVolume(claim, cache.list(PersistentVolume), { isDelayed, node })
  if (volume) return bind(claim, volume, pass)
  const waiting = await explainWaiting(claim, { storageClass, isDelayed }, pass)
  await setPending(waiting, pass)
}

/** Tells why a claim has no volume yet, and asks the provisioner of its class for one. */
async function explainWaiting(
  claim: Claim,
  { storageClass, isDelayed }: { storageClass: StorageClass | undefined; isDelayed: boolean },
  { events, client }: Pass,
): Promise<Claim> {
  const { storageClassName } = claim.spec
  if (!storageClassName) {
    const message = 'no persistent volumes available for this claim and no storage class is set'
    events.normal(claim, 'FailedBinding', message)
    return claim
  }
  if (isDelayed) {
    const message = 'waiting for first consumer to be created before binding'
    events.normal(claim, 'WaitForFirstConsumer', message)
    return claim
  }
  if (!storageClass) {
    const message = `storageclass.storage.k8s.io "${storageClassName}" not found`
    events.warning(claim, 'ProvisioningFailed', message)
    return claim
  }
  const { provisioner } = storageClass
  if (provisioner === NO_PROVISIONER) {
    events.normal(claim, 'FailedBinding', 'no persistent volumes available for this claim')
    return claim
  }
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`
  events.normal(claim, 'ExternalProvisioning', message)
  const { metadata } = claim
  const annotations = {
    ...metadata.annotations,
    [PROVISIONER]: provisioner,
    [BETA_PROVISIONER]: provisioner,
  }
  if (equal(annotations, metadata.annotations)) return claim
  return client.update(PersistentVolumeClaim, { ...claim, metadata: { ...metadata, annotations } })
}

/** Binds both to each other: the volume first, so that a claim never names one that another claim has. */
async function bind(claim: Claim, volume: Volume, pass: Pass): Promise<void> {
  const bound = await bindVolume(volume, claim, pass)
  const { metadata, spec } = claim
  const annotations = {
    ...metadata.annotations,
    ...(!spec.volumeName && { [BOUND_BY_CONTROLLER]: 'yes' }),
    [BIND_COMPLETED]: 'yes',
  }
  let written = claim
  if (spec.volumeName !== volume.metadata.name || !equal(annotations, metadata.annotations)) {
    written = await pass.client.update(PersistentVolumeClaim, {
      ...claim,
      metadata: { ...metadata, annotations },
      spec: { ...spec, volumeName: volume.metadata.name },
    })
  }
  const { accessModes, capacity } = bound.spec
  const status: Claim['status'] = {
    ...written.status,
    phase: 'Bound',
    ...(accessModes && { accessModes }),
    // A claim that grew is as large as it says itself.
    ...(written.status.phase !== 'Bound' && capacity && { capacity }),
  }
  if (equal(status, written.status)) return
  await pass.client.updateStatus(PersistentVolumeClaim, { ...written, status })
}

async function bindVolume(volume: Volume, claim: Claim, { client }: Pass): Promise<Volume> {
  const { metadata, spec } = volume
  if (spec.claimRef?.uid === claim.metadata.uid) return volume
  const { namespace, name, uid, resourceVersion } = claim.metadata
  const claimRef = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    namespace,
    name,
    uid,
    resourceVersion,
  }
  const annotations = {
    ...metadata.annotations,
    ...(!spec.claimRef && { [BOUND_BY_CONTROLLER]: 'yes' }),
  }
  return client.update(PersistentVolume, {
    ...volume,
    metadata: { ...metadata, annotations },
    spec: { ...spec, claimRef },
  })
}

async function lose(claim: Claim, reason: string, message: string, pass: Pass): Promise<void> {
  if (claim.status.phase === 'Lost') return
  pass.events.warning(claim, reason, message)
  const { capacity: _, accessModes: __, ...rest } = claim.status
  const status: Claim['status'] = { ...rest, phase: 'Lost' }
  await pass.client.updateStatus(PersistentVolumeClaim, { ...claim, status })
}

async function setPending(claim: Claim, { client }: Pass): Promise<void> {
  if (claim.status.phase === 'Pending') return
  const status: Claim['status'] = { ...claim.status, phase: 'Pending' }
  await client.updateStatus(PersistentVolumeClaim, { ...claim, status })
}
