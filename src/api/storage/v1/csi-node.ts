import { int32, listOf, ref, string } from '../../../schema/field.ts'
import { message, resource } from './group.ts'

export class VolumeNodeResources extends message('How many volumes a node can take.', {
  count: int32(
    1,
    'Most volumes of the driver in use on the node at once. No limit when unset.',
  ).pointer(),
}) {}

export class CSINodeDriver extends message('One CSI driver installed on a node.', {
  name: string(1, 'Name of the driver, as the driver reports it.').required(),
  nodeID: string(2, 'What the driver calls this node.').required(),
  topologyKeys: listOf(
    'string',
    3,
    'Node label keys that the driver uses to describe where volumes are reachable.',
  )
    .atomic()
    .written(),
  allocatable: ref(VolumeNodeResources, 4, 'How many volumes of this driver the node can take.'),
}) {}

export class CSINodeSpec extends message('The CSI drivers on a node.', {
  drivers: listOf(CSINodeDriver, 1, 'The drivers installed. The list can be empty.')
    .required()
    .mapKeys('name')
    .patch('merge', 'name'),
}) {}

export class CSINode extends resource(
  'The CSI drivers installed on a node. Has the name of the node.',
  { plural: 'csinodes', namespaced: false },
  {
    spec: ref(
      CSINodeSpec,
      2,
      'The CSI drivers that run on the node, each with its limits.',
    ).required(),
  },
) {}
