import { listOf, ref, string, time } from '../../../schema/field.ts'
import { message, resource } from './group.ts'

export class NamespaceSpec extends message('Desired behavior of a namespace.', {
  finalizers: listOf(
    'string',
    1,
    'Names that must be removed before the namespace goes away. Normally holds kubernetes.',
  ).atomic(),
}) {}

export class NamespaceCondition extends message(
  'One observed fact about the deletion of a namespace.',
  {
    type: string(
      1,
      'What is reported of the deletion of the namespace, such as NamespaceContentRemaining.',
    ).required(),
    status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
    lastTransitionTime: time(4, 'When the status last changed.'),
    reason: string(5, 'Short machine-readable reason for the last change.'),
    message: string(6, 'Human-readable text about the last change.'),
  },
) {}

export class NamespaceStatus extends message('Observed state of a namespace.', {
  phase: string(1, 'Active, or Terminating once deletion has begun.')
    .oneOf('Active', 'Terminating')
    .default('Active'),
  conditions: listOf(NamespaceCondition, 2, 'Conditions that tell how deletion is going.')
    .mapKeys('type')
    .patch('merge', 'type'),
}) {}

export class Namespace extends resource(
  'A scope for the names of objects.',
  {
    plural: 'namespaces',
    shortNames: ['ns'],
    namespaced: false,
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    subresources: [{ name: 'finalize', verbs: ['update'] }, 'status'],
  },
  {
    spec: ref(
      NamespaceSpec,
      2,
      'What must be cleaned up before the namespace can go: its finalizers.',
    ).written(),
    status: ref(
      NamespaceStatus,
      3,
      'Whether the namespace is active or being deleted, and what holds that up.',
    ).written(),
  },
) {}
