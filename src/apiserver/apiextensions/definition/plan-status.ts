import { apiApproval } from '../../../api/apiextensions/v1/api-approval.ts'
import { validateStructural } from '../../../api/apiextensions/v1/structural-validation.ts'
import { validateCaBundle } from '../../../api/validation/webhook-client.ts'
import { equal } from '../../../apimachinery/equality.ts'
import { formatFieldError, type FieldError } from '../../../schema/field-error.ts'
import {
  conditionOf,
  isTrue,
  withCondition,
  withoutCondition,
  type Definition,
  type NewCondition,
} from './conditions.ts'
import { acceptNames, type UsedNames } from './names.ts'

/**
 * What the status of a definition should say, given the names of others: which names it has, whether it can be served,
 * and what is odd about it. The definition itself where it says so already. A definition is established as soon as its
 * names are accepted: it is served by then.
 */
export function planStatus(definition: Definition, used: UsedNames, now: string): Definition {
  const { names, condition } = acceptNames(definition, used)
  const named = {
    ...definition,
    status: { ...definition.status, acceptedNames: names },
  }
  const set = (of: Definition, each: NewCondition): Definition => withCondition(of, each, now)
  const isSame = sameNames(definition, named)
  const accepted = set(isSame ? definition : named, condition)
  const established = set(accepted, establishedOf(accepted))
  return withApproval(withStructure(established, set), set)
}

function sameNames(a: Definition, b: Definition): boolean {
  return equal(a.status.acceptedNames, b.status.acceptedNames)
}

function establishedOf(definition: Definition): NewCondition {
  const type = 'Established'
  if (isTrue(definition, type)) return conditionOf(definition, type)!
  const { caBundle } = definition.spec.conversion?.webhook?.clientConfig ?? {}
  if (validateCaBundle(caBundle, '').length > 0) {
    const message = 'The conversion webhook CABundle is invalid'
    return { type, status: 'False', reason: 'InvalidCABundle', message }
  }
  return isTrue(definition, 'NamesAccepted')
    ? {
        type,
        status: 'True',
        reason: 'InitialNamesAccepted',
        message: 'the initial names have been accepted',
      }
    : { type, status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }
}

type Set = (definition: Definition, condition: NewCondition) => Definition

// New schemas must be structural, so this is for those of an older day.
function withStructure(definition: Definition, set: Set): Definition {
  const type = 'NonStructuralSchema'
  const errors = structuralErrors(definition.spec)
  if (errors.length === 0) return withoutCondition(definition, type)
  const texts = errors.map(formatFieldError)
  const message = texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`
  return set(definition, { type, status: 'True', reason: 'Violations', message })
}

type Spec = Definition['spec']
const ERRORS = new WeakMap<Spec, readonly FieldError[]>()

/** Found once: a status changes more often than the schemas beside it. */
function structuralErrors(spec: Spec): readonly FieldError[] {
  return ERRORS.getOrInsertComputed(spec, () =>
    spec.versions.flatMap(({ schema }, i) =>
      schema?.openAPIV3Schema
        ? validateStructural(schema.openAPIV3Schema, `spec.versions[${i}].schema.openAPIV3Schema`)
        : [],
    ),
  )
}

const APPROVALS = {
  approved: ['True', 'ApprovedAnnotation'],
  bypassed: ['False', 'UnapprovedAnnotation'],
  missing: ['False', 'MissingAnnotation'],
  invalid: ['False', 'InvalidAnnotation'],
} as const

function withApproval(definition: Definition, set: Set): Definition {
  const approval = apiApproval(definition)
  if (!approval) return definition
  const [status, reason] = APPROVALS[approval.state]
  const type = 'KubernetesAPIApprovalPolicyConformant'
  return set(definition, { type, status, reason, message: approval.reason })
}
