import type { Strategy } from '../../api/strategy.ts'
import {
  exactFieldValue,
  parseFieldSelector,
  type FieldRequirement,
  type FieldSelector,
} from '../../apimachinery/fields.ts'
import { parseSelector } from '../../apimachinery/label-selector-parser.ts'
import { matches, selectsEverything, type Selector } from '../../apimachinery/labels.ts'
import { ParseError } from '../../apimachinery/parse-error.ts'
import { badRequest } from '../../apimachinery/status-error.ts'
import type { Filter } from '../watch-cache/filter.ts'
import type { ApiObject } from './api-object.ts'
import type { ServedKind } from './served-kind.ts'
import { keyOf, prefixIn, type Resource } from './resource.ts'

/** Which objects a request is about. */
export interface Selection {
  /** Empty for all namespaces. */
  readonly namespace: string
  readonly labels: Selector
  readonly fields: FieldSelector
  /** The only name that can be selected, where there is but one. */
  readonly name: string | undefined
}

export interface SelectionRequest {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
}

/**
 * Reads the selectors of a request, whose fields may go by the names of the version that is asked for. Throws
 * `BadRequest`.
 */
export function selectionOf(
  resource: Resource,
  request: SelectionRequest,
  { type, strategy }: Pick<ServedKind, 'type' | 'strategy'> = resource,
): Selection {
  const { fieldLabels } = strategy
  const labels = parsed(() => parseSelector(request.labelSelector ?? ''))
  const asked = parsed(() => parseFieldSelector(request.fieldSelector ?? ''))
  const fields = fieldLabels ? inStoredVersion(resource, asked, fieldLabels) : asked
  checkFields(resource, fields, type)
  checkOneName(fields, request.name)
  const { namespaced } = resource.info
  const own = request.namespace ?? ''
  return {
    namespace: own === '' && namespaced ? namespaceIn(fields) : own,
    labels,
    fields: request.name === undefined ? fields : withName(fields, request.name),
    name: request.name ?? exactFieldValue(fields, 'metadata.name'),
  }
}

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof ParseError) throw badRequest(error.message, { cause: error })
    throw error
  }
}

function inStoredVersion(
  resource: Resource,
  { requirements }: FieldSelector,
  fieldLabels: NonNullable<Strategy<ApiObject>['fieldLabels']>,
): FieldSelector {
  const renamed = (field: string): string => {
    if (isMetadataField(field, resource)) return field
    if (Object.hasOwn(fieldLabels, field)) return fieldLabels[field]!
    throw badRequest(notSupported(field))
  }
  return { requirements: requirements.map((each) => ({ ...each, field: renamed(each.field) })) }
}

function checkFields(
  resource: Resource,
  { requirements }: FieldSelector,
  { resource: version }: ServedKind['type'],
): void {
  const { selectableFields, unknownField = notSupported } = resource.strategy
  for (const { field } of requirements) {
    if (isMetadataField(field, resource)) continue
    if (!selectableFields) throw badRequest(notKnown(field))
    if (!Object.hasOwn(selectableFields, field)) throw badRequest(unknownField(field, version))
  }
}

// The path names one object, as does whoever may see no more than one.
function checkOneName(fields: FieldSelector, name: string | undefined): void {
  if (name === undefined || fields.requirements.length === 0) return
  if (exactFieldValue(fields, 'metadata.name') === name) return
  throw badRequest("fieldSelector metadata.name doesn't match requested name")
}

// Where a kind has no words of its own, both fields are taken, also of what lies in no namespace.
function isMetadataField(field: string, { info, strategy }: Resource): boolean {
  if (field === 'metadata.name') return true
  const { selectableFields, namespaceField = info.namespaced || !selectableFields } = strategy
  return field === 'metadata.namespace' && namespaceField
}

function notSupported(field: string): string {
  return `field label not supported: ${field}`
}

function notKnown(field: string): string {
  return `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
}

function namespaceIn(fields: FieldSelector): string {
  return exactFieldValue(fields, 'metadata.namespace') ?? ''
}

function withName({ requirements }: FieldSelector, name: string): FieldSelector {
  return {
    requirements: [...requirements, { field: 'metadata.name', operator: '=', value: name }],
  }
}

/** The test for an object of the namespace; undefined where it is not needed. */
export function matcher(
  { strategy }: Resource,
  selection: Selection,
): ((object: ApiObject) => boolean) | undefined {
  const { labels, fields } = selection
  const tests = fields.requirements.map((each) => fieldTest(strategy, each))
  if (!selectsEverything(labels)) {
    tests.push((object) => matches(labels, object.metadata.labels))
  }
  // A list may have to try a hundred thousand objects, so the commonest case is a call of one function.
  if (tests.length <= 1) return tests[0]
  return (object) => tests.every((test) => test(object))
}

function fieldTest(
  strategy: Strategy<ApiObject>,
  { field, operator, value }: FieldRequirement,
): (object: ApiObject) => boolean {
  const valueOf = fieldGetter(strategy, field)
  return operator === '='
    ? (object) => valueOf(object) === value
    : (object) => valueOf(object) !== value
}

function fieldGetter(
  { selectableFields }: Strategy<ApiObject>,
  field: string,
): (object: ApiObject) => string {
  if (field === 'metadata.name') return ({ metadata }) => metadata.name ?? ''
  if (field === 'metadata.namespace') return ({ metadata }) => metadata.namespace ?? ''
  return selectableFields?.[field] ?? (() => '')
}

/** The filter of a watch. */
export function filterOf(resource: Resource, selection: Selection): Filter {
  const { namespace, name, labels, fields } = selection
  const prefix =
    name !== undefined && (namespace !== '' || !resource.info.namespaced)
      ? keyOf(resource, namespace, name)
      : prefixIn(resource, namespace)
  const matches = matcher(resource, selection)
  const trigger = triggerOf(resource, fields)
  return {
    key: JSON.stringify([prefix, labels.requirements, fields.requirements]),
    prefix,
    ...(matches && { matches }),
    ...(trigger && { trigger }),
  }
}

// Which of several fields is taken does not matter: either rules out most events.
function triggerOf({ strategy }: Resource, { requirements }: FieldSelector): Filter['trigger'] {
  const demand = requirements.find(({ operator }) => operator === '=')
  if (!demand) return undefined
  const { field, value } = demand
  return { field, value, valueOf: fieldGetter(strategy, field) }
}
