import { withField } from './change.ts'
import type { ObjectMeta } from './meta/v1/object-meta.ts'

/** The steps that preparing objects for storage is made of: what a client may not set comes from elsewhere. */

interface Meta {
  readonly metadata: ObjectMeta
}

/** A new object: of generation 1. */
export function asFirstGeneration<T extends Meta>(object: T): T {
  return withGeneration(object, 1)
}

/** An update: of the next generation where what is desired has changed, else of the old one. */
export function asNextGeneration<T extends Meta>(object: T, old: T, hasChanged: boolean): T {
  const before = old.metadata.generation
  return withGeneration(object, hasChanged ? (before ?? 0) + 1 : before)
}

function withGeneration<T extends Meta>(object: T, generation: number | undefined): T {
  const metadata = withField(object.metadata, 'generation', generation)
  return metadata === object.metadata ? object : { ...object, metadata }
}

/** The object with a field of the old one, or without it where the old one has none. */
export function keepField<T extends object>(object: T, old: T, field: keyof T): T {
  return withField(object, field, old[field])
}

/** The object with metadata of the old one: only managedFields and resourceVersion come with a status. */
export function keepMetadata<T extends Meta>(object: T, old: T): T {
  const { managedFields, resourceVersion } = object.metadata
  let metadata: ObjectMeta = withField(old.metadata, 'managedFields', managedFields)
  metadata = withField(metadata, 'resourceVersion', resourceVersion)
  return { ...object, metadata }
}

/** The object with some metadata fields of the old one. */
export function keepMetadataFields<T extends Meta>(
  object: T,
  old: T,
  ...fields: readonly (keyof ObjectMeta)[]
): T {
  let metadata: ObjectMeta = object.metadata
  for (const field of fields) metadata = withField(metadata, field, old.metadata[field])
  return metadata === object.metadata ? object : { ...object, metadata }
}
