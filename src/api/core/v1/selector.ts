import { listOf, string } from '../../../schema/field.ts'
import { message } from './group.ts'

export class NodeSelectorRequirement extends message(
  'Compares a label or field of a node with values.',
  {
    key: string(1, 'Label or field to look at.').required(),
    operator: string(2, 'How the key relates to values: In, NotIn, Exists, DoesNotExist, Gt or Lt.')
      .oneOf('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt')
      .required(),
    values: listOf(
      'string',
      3,
      'Values for In and NotIn, none for Exists and DoesNotExist, one integer for Gt and Lt.',
    ).atomic(),
  },
) {}

export class NodeSelectorTerm extends message(
  'Requirements that must all hold. An empty term matches no node.',
  {
    matchExpressions: listOf(
      NodeSelectorRequirement,
      1,
      'Requirements on labels of the node.',
    ).atomic(),
    matchFields: listOf(
      NodeSelectorRequirement,
      2,
      'Requirements on fields of the node; metadata.name is supported.',
    ).atomic(),
  },
  { atomic: true },
) {}

export class NodeSelector extends message(
  'Selects nodes: a node matches when at least one term matches.',
  {
    nodeSelectorTerms: listOf(NodeSelectorTerm, 1, 'Terms, of which one must match.')
      .atomic()
      .required(),
  },
  { atomic: true },
) {}

/** What a quota can be limited to. */
export const QUOTA_SCOPES = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
] as const

export class ScopedResourceSelectorRequirement extends message('Compares a scope with values.', {
  scopeName: string(1, 'Name of the scope that the requirement looks at, such as PriorityClass.')
    .oneOf(...QUOTA_SCOPES)
    .required(),
  operator: string(2, 'How the scope relates to values: In, NotIn, Exists or DoesNotExist.')
    .oneOf('In', 'NotIn', 'Exists', 'DoesNotExist')
    .required(),
  values: listOf(
    'string',
    3,
    'Values for In and NotIn; empty for Exists and DoesNotExist.',
  ).atomic(),
}) {}

export class ScopeSelector extends message(
  'Scope requirements that must all hold.',
  {
    matchExpressions: listOf(
      ScopedResourceSelectorRequirement,
      1,
      'Requirements on the scope of objects. All must hold.',
    ).atomic(),
  },
  { atomic: true },
) {}

export class TopologySelectorLabelRequirement extends message(
  'A node label and its allowed values.',
  {
    key: string(1, 'Key of the node label that the requirement looks at.').required(),
    values: listOf('string', 2, 'Allowed values; one must match.').atomic().required(),
  },
) {}

export class TopologySelectorTerm extends message(
  'Topology requirements that must all hold. An empty term matches everything.',
  {
    matchLabelExpressions: listOf(
      TopologySelectorLabelRequirement,
      1,
      'Requirements on labels of the node. All must hold.',
    ).atomic(),
  },
  { atomic: true },
) {}
