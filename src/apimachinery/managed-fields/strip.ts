import { difference, setOf, type FieldSet } from './field-set.ts'

/** What no manager owns: the type, and the metadata that the server sets. */
const STRIPPED: FieldSet = setOf(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ['f:metadata', 'f:name'],
  ['f:metadata', 'f:namespace'],
  ['f:metadata', 'f:creationTimestamp'],
  ['f:metadata', 'f:selfLink'],
  ['f:metadata', 'f:uid'],
  ['f:metadata', 'f:clusterName'],
  ['f:metadata', 'f:generation'],
  ['f:metadata', 'f:managedFields'],
  ['f:metadata', 'f:resourceVersion'],
)

/** The fields without those that no manager owns. */
export function stripped(fields: FieldSet): FieldSet {
  return difference(fields, STRIPPED)
}
