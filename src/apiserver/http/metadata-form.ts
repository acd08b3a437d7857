import { cannotBeGiven } from '../../apimachinery/status-error.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { Output } from './negotiate.ts'

/** Throws `NotAcceptable` where one object is wanted as the metadata of a list. */
export function checkObjectForm(as: Output['as'], type: string): void {
  if (as !== 'metadataList') return
  throw cannotBeGiven(
    `you requested PartialObjectMetadataList, but the requested object is not a list (${type})`,
  )
}

/** Throws `NotAcceptable` where a list is wanted as the metadata of one object. */
export function checkListForm(as: Output['as'], type: string): void {
  if (as !== 'metadata') return
  throw cannotBeGiven(
    `you requested PartialObjectMetadata, but the requested object is a list (${type})`,
  )
}

// Where upstream's package of a group's types is not called after the first word of the group.
const PACKAGES: Readonly<Record<string, string>> = {
  '': 'core',
  'events.k8s.io': 'core',
  'internal.apiserver.k8s.io': 'apiserverinternal',
}

/** What upstream, and so its messages, call the type of a kind's objects. */
export function goTypeOf({ type: { resource }, schema }: ServedKind): string {
  // Custom resources have no types of their own.
  if (!schema.message) return '*unstructured.Unstructured'
  const [first = ''] = resource.group.split('.')
  return `*${PACKAGES[resource.group] ?? first}.${resource.kind}`
}
