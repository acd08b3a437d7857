import { Node } from '../../api/core/v1/node.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { SELECTED_NODE } from '../../api/core/v1/volume-binding.ts'
import { LOCAL_PATH_PROVISIONER } from '../../api/storage/v1/local-path.ts'
import { StorageClass } from '../../api/storage/v1/storage-class.ts'
import { isAlreadyExists } from '../../apimachinery/status-predicates.ts'
import { controller, type Controller, type Pass } from '../../controller-runtime/index.ts'
import { isPopulated, planVolume, whyNoVolume } from './plan-volume.ts'

type Claim = PersistentVolumeClaim

const PROVISIONER = 'volume.kubernetes.io/storage-provisioner'

/** Makes a volume for each claim of a class of this provisioner, once the scheduler has chosen a node for it. */
export function localPathProvisioner(name: string): Controller {
  return controller<Claim>(name, {
    queueName: 'local_path_claims',
    for: PersistentVolumeClaim,
    reads: [StorageClass, Node],

    async reconcile(claim, pass) {
      const { metadata, spec } = claim
      if (metadata.deletionTimestamp !== undefined || spec.volumeName) return
      if (metadata.annotations?.[PROVISIONER] !== LOCAL_PATH_PROVISIONER) return
      const storageClass = pass.cache.get(StorageClass, { name: spec.storageClassName ?? '' })
      if (storageClass?.provisioner !== LOCAL_PATH_PROVISIONER) return
      await provision(claim, storageClass, pass)
    },
  })
}

async function provision(claim: Claim, storageClass: StorageClass, pass: Pass): Promise<void> {
  const { cache, client, events } = pass
  if (isPopulated(claim)) {
    const message = 'Assuming an external populator will provision the volume'
    return events.normal(claim, 'Provisioning', message)
  }
  const { namespace, name, annotations } = claim.metadata
  const selected = annotations?.[SELECTED_NODE]
  const node = selected === undefined ? undefined : cache.get(Node, { name: selected })
  // The scheduler may choose another.
  if (selected !== undefined && !node) return giveUpNode(claim, pass)
  events.normal(
    claim,
    'Provisioning',
    `External provisioner is provisioning volume for claim "${namespace}/${name}"`,
  )
  const refusal = node
    ? whyNoVolume(claim, storageClass)
    : 'configuration error, no node was specified'
  if (refusal !== undefined || !node) return tellFailure(claim, refusal ?? '', pass)
  const volume = planVolume(claim, storageClass, node)
  try {
    await client.create(PersistentVolume, volume)
  } catch (error) {
    if (isAlreadyExists(error)) return
    tellFailure(claim, (error as Error).message, pass)
    throw error
  }
  const message = `Successfully provisioned volume ${volume.metadata?.name}`
  events.normal(claim, 'ProvisioningSucceeded', message)
}

function tellFailure(claim: Claim, why: string, { events }: Pass): void {
  const { storageClassName } = claim.spec
  const message = `failed to provision volume with StorageClass "${storageClassName}": ${why}`
  events.warning(claim, 'ProvisioningFailed', message)
}

async function giveUpNode(claim: Claim, { client }: Pass): Promise<void> {
  const { metadata } = claim
  const { [SELECTED_NODE]: _, ...annotations } = metadata.annotations ?? {}
  await client.update(PersistentVolumeClaim, { ...claim, metadata: { ...metadata, annotations } })
}
