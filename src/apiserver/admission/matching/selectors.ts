import { Namespace } from '../../../api/core/v1/namespace.ts'
import type { LabelSelector } from '../../../api/meta/v1/selector.ts'
import { matches, selectorFrom, selectsEverything } from '../../../apimachinery/labels.ts'
import { notFound } from '../../../apimachinery/status-error.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import type { AdmissionAttributes } from '../plugin.ts'

/** Whether the object, as it will be or as it was, has the labels. */
export function objectSelected(
  labelSelector: LabelSelector | undefined,
  { object, oldObject }: AdmissionAttributes,
): boolean {
  const selector = selectorFrom(labelSelector ?? {})
  if (selectsEverything(selector)) return true
  return [object, oldObject].some(
    (each) => each !== undefined && matches(selector, labelsOf(each) ?? {}),
  )
}

/**
 * Whether the namespace of the request has the labels; for requests about a Namespace that is itself, and what is in no
 * namespace is always selected. Throws `NotFound` where there is no such namespace.
 */
export async function namespaceSelected(
  labelSelector: LabelSelector | undefined,
  attributes: AdmissionAttributes,
  live: LiveObjects,
): Promise<boolean> {
  const selector = selectorFrom(labelSelector ?? {})
  if (selectsEverything(selector)) return true
  const { type, subresource, operation, object } = attributes
  const { group, plural } = type.resource
  const isNamespace = group === '' && plural === 'namespaces'
  if (isNamespace && subresource === '' && object && operation !== 'CONNECT')
    return matches(selector, labelsOf(object) ?? {})
  const name = isNamespace ? attributes.name : attributes.namespace
  if (name === '') return true
  const namespace = await live.get(Namespace, { name })
  if (!namespace) throw notFound(Namespace, name)
  return matches(selector, namespace.metadata.labels ?? {})
}

function labelsOf(
  object: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> | undefined {
  return (object as Partial<ApiObject>).metadata?.labels
}
