import { listOf, mapOf, ref, string } from '../../../schema/field.ts'
import { Toleration } from '../../core/v1/toleration.ts'
import { message, resource } from './group.ts'

export class Overhead extends message('Resources that running a Pod costs beyond its containers.', {
  podFixed: mapOf('quantity', 1, 'Fixed amount of each resource added to every Pod.'),
}) {}

export class Scheduling extends message('Which nodes support a RuntimeClass.', {
  nodeSelector: mapOf(
    'string',
    1,
    'Node labels required, merged into the nodeSelector of the Pods. A conflict rejects the Pod.',
  ).atomic(),
  tolerations: listOf(Toleration, 2, 'Tolerations added to Pods of this class.').atomic(),
}) {}

export class RuntimeClass extends resource(
  'Names a container runtime set-up that Pods can choose.',
  { plural: 'runtimeclasses', namespaced: false },
  {
    handler: string(
      2,
      'Name of the runtime set-up in the CRI configuration of the nodes. Cannot be changed.',
    ).required(),
    overhead: ref(Overhead, 3, 'Resources that Pods of this class cost beyond their containers.'),
    scheduling: ref(
      Scheduling,
      4,
      'Which nodes support this class. All nodes are assumed to when unset.',
    ),
  },
) {}
