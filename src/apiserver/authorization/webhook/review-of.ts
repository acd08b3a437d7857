import { parseFieldSelector } from '../../../apimachinery/fields.ts'
import { parseSelector } from '../../../apimachinery/label-selector-parser.ts'
import type { Operator } from '../../../apimachinery/labels.ts'
import { ParseError } from '../../../apimachinery/parse-error.ts'
import type { AuthorizationAttributes } from '../authorizer.ts'

type ResourceAttributes = AuthorizationAttributes & { readonly type: 'resource' }

/** The spec of a SubjectAccessReview (authorization.k8s.io/v1) that asks the question. */
export function reviewSpecOf(
  attributes: AuthorizationAttributes,
): Readonly<Record<string, unknown>> {
  const { name, groups, uid, extra } = attributes.user
  return {
    ...(attributes.type === 'resource'
      ? { resourceAttributes: resourceAttributesOf(attributes) }
      : { nonResourceAttributes: present({ path: attributes.path, verb: attributes.verb }) }),
    ...(name !== '' && { user: name }),
    ...(groups.length > 0 && { groups }),
    ...(extra && { extra }),
    ...(uid !== undefined && { uid }),
  }
}

function resourceAttributesOf(attributes: ResourceAttributes): object {
  const { namespace, verb, group, version, resource, subresource, name } = attributes
  const fields = requirementsOf(attributes.fieldSelector, fieldRequirements)
  const labels = requirementsOf(attributes.labelSelector, labelRequirements)
  return {
    ...present({ namespace, verb, group, version, resource, subresource, name }),
    ...(fields.length > 0 && { fieldSelector: { requirements: fields } }),
    ...(labels.length > 0 && { labelSelector: { requirements: labels } }),
  }
}

interface SelectorRequirement {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

// One that cannot be read is left out: the request is judged as if it selected everything, and refused later.
function requirementsOf(
  selector: string | undefined,
  read: (text: string) => readonly SelectorRequirement[],
): readonly SelectorRequirement[] {
  if (!selector) return []
  try {
    return read(selector)
  } catch (error) {
    if (error instanceof ParseError) return []
    throw error
  }
}

function fieldRequirements(text: string): readonly SelectorRequirement[] {
  return parseFieldSelector(text).requirements.map(({ field, operator, value }) => ({
    key: field,
    operator: operator === '=' ? 'In' : 'NotIn',
    values: [value],
  }))
}

/** What access reviews call the operators; those that compare numbers they do not know. */
const OPERATORS: Readonly<Record<Operator, string | undefined>> = {
  '=': 'In',
  '==': 'In',
  in: 'In',
  '!=': 'NotIn',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
  gt: undefined,
  lt: undefined,
}

function labelRequirements(text: string): readonly SelectorRequirement[] {
  return parseSelector(text).requirements.flatMap(({ key, operator, values }) => {
    const name = OPERATORS[operator]
    return name ? [{ key, operator: name, ...(values.length > 0 && { values }) }] : []
  })
}

function present(fields: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}
