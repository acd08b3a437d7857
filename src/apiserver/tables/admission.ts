import { goSelector } from '../../apimachinery/go-selector.ts'
import type { LabelSelector } from '../../apimachinery/labels.ts'
import type { MutatingAdmissionPolicyBinding } from '../../api/admissionregistration/v1/mutating-admission-policy-binding.ts'
import type { MutatingAdmissionPolicy } from '../../api/admissionregistration/v1/mutating-admission-policy.ts'
import type { MutatingWebhookConfiguration } from '../../api/admissionregistration/v1/mutating-webhook-configuration.ts'
import type { ValidatingAdmissionPolicyBinding } from '../../api/admissionregistration/v1/validating-admission-policy-binding.ts'
import type { ValidatingAdmissionPolicy } from '../../api/admissionregistration/v1/validating-admission-policy.ts'
import type { ValidatingWebhookConfiguration } from '../../api/admissionregistration/v1/validating-webhook-configuration.ts'
import { UNSET } from './cells.ts'
import { AGE, column, NAME, tableFor, type KindTable, type TableEntry } from './table.ts'

const GROUP = 'admissionregistration.k8s.io'

const WEBHOOKS: KindTable<MutatingWebhookConfiguration | ValidatingWebhookConfiguration> = {
  columns: [NAME, column('Webhooks', 'How many webhooks there are.', 'integer'), AGE],
  cells: ({ metadata, webhooks = [] }, ages) => [
    metadata.name,
    webhooks.length,
    ages.since(metadata.creationTimestamp),
  ],
}

const BINDING: KindTable<MutatingAdmissionPolicyBinding | ValidatingAdmissionPolicyBinding> = {
  columns: [
    NAME,
    column('PolicyName', 'The policy that the binding puts into effect.'),
    column('ParamRef', 'What the policy takes its parameters from.'),
    AGE,
  ],
  cells: ({ metadata, spec }, ages) => [
    metadata.name,
    spec.policyName ?? '',
    paramCell(spec.paramRef),
    ages.since(metadata.creationTimestamp),
  ],
}

const PARAM_KIND = column('ParamKind', 'The kind of the parameters.')

export const ADMISSION_TABLES: readonly TableEntry[] = [
  tableFor(GROUP, 'MutatingWebhookConfiguration', WEBHOOKS),
  tableFor(GROUP, 'ValidatingWebhookConfiguration', WEBHOOKS),
  tableFor(GROUP, 'MutatingAdmissionPolicyBinding', BINDING),
  tableFor(GROUP, 'ValidatingAdmissionPolicyBinding', BINDING),
  tableFor<ValidatingAdmissionPolicy>(GROUP, 'ValidatingAdmissionPolicy', {
    columns: [
      NAME,
      column('Validations', 'How many validations there are.', 'integer'),
      PARAM_KIND,
      AGE,
    ],
    cells: ({ metadata, spec }, ages) => [
      metadata.name,
      spec.validations?.length ?? 0,
      kindCell(spec.paramKind),
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<MutatingAdmissionPolicy>(GROUP, 'MutatingAdmissionPolicy', {
    columns: [
      NAME,
      column('Mutations', 'How many mutations there are.', 'integer'),
      PARAM_KIND,
      AGE,
    ],
    cells: ({ metadata, spec }, ages) => [
      metadata.name,
      spec.mutations?.length ?? 0,
      kindCell(spec.paramKind),
      ages.since(metadata.creationTimestamp),
    ],
  }),
]

function kindCell(
  kind: { readonly apiVersion?: string; readonly kind?: string } | undefined,
): string {
  return kind ? `${kind.apiVersion ?? ''}/${kind.kind ?? ''}` : UNSET
}

interface ParamRef {
  readonly name?: string
  readonly namespace?: string
  readonly selector?: LabelSelector
}

function paramCell(param: ParamRef | undefined): string {
  if (param?.name) return `${param.namespace || '*'}/${param.name}`
  return param?.selector ? goSelector(param.selector) : UNSET
}
