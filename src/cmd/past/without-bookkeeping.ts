import type { AnyObject } from '../../client/dynamic-class.ts'

/** An object without what changes with every write: its version, and who owns which field. */
export function withoutBookkeeping(object: AnyObject) {
  const { resourceVersion: _, managedFields: __, ...metadata } = object.metadata as Metadata
  return { ...object, metadata }
}

type Metadata = AnyObject['metadata'] & { readonly managedFields?: unknown }
