import type { Node } from '../../../api/core/v1/node.ts'
import type { PersistentVolumeClaim } from '../../../api/core/v1/persistent-volume-claim.ts'
import type { TopologySelectorTerm } from '../../../api/core/v1/selector.ts'
import type { StorageClass } from '../../../api/storage/v1/storage-class.ts'
import { matches, selectorFrom } from '../../../apimachinery/labels.ts'
import { quantityValue } from '../../../schema/quantity.ts'
import type { StorageLister } from '../../storage-lister.ts'

const NO_PROVISIONER = 'kubernetes.io/no-provisioner'

/** Whether a volume for the claim can be made that the node reaches; `full`: there is no space for it. */
export function canProvision(
  claim: PersistentVolumeClaim,
  node: Node,
  storage: StorageLister,
): 'yes' | 'no' | 'full' {
  const storageClass = storage.storageClass(claim.spec.storageClassName ?? '')
  if (!storageClass || storageClass.provisioner === NO_PROVISIONER) return 'no'
  const { allowedTopologies = [] } = storageClass
  const isAllowed =
    allowedTopologies.length === 0 || allowedTopologies.some((term) => isWithin(node, term))
  if (!isAllowed) return 'no'
  return hasSpace(claim, storageClass, node, storage) ? 'yes' : 'full'
}

function isWithin(
  { metadata }: Node,
  { matchLabelExpressions = [] }: TopologySelectorTerm,
): boolean {
  return matchLabelExpressions.every(({ key, values }) =>
    values.includes(metadata.labels?.[key] ?? ''),
  )
}

/** Whether the driver, where it tells of its space at all, has enough where the node is (KEP-1472). */
function hasSpace(
  { spec }: PersistentVolumeClaim,
  { metadata, provisioner }: StorageClass,
  { metadata: { labels } }: Node,
  storage: StorageLister,
): boolean {
  const bytes = quantityValue(spec.resources?.requests?.['storage'])
  if (bytes <= 0 || !storage.csiDriver(provisioner)?.spec.storageCapacity) return true
  return storage
    .capacitiesOfClass(metadata.name)
    .some(
      ({ capacity, maximumVolumeSize, nodeTopology }) =>
        quantityValue(maximumVolumeSize ?? capacity) >= bytes &&
        nodeTopology !== undefined &&
        matches(selectorFrom(nodeTopology), labels),
    )
}
