import type { ApiObject } from '../../registry/api-object.ts'

/** Brings objects of a custom resource into another version, all at once. Throws `StatusError`. */
export type Converter = (
  objects: readonly ApiObject[],
  apiVersion: string,
) => Promise<readonly ApiObject[]>

/** The conversion `None`: versions differ by their names alone. */
export const renaming: Converter = async (objects, apiVersion) =>
  objects.map((object) => renamed(object, apiVersion))

export function renamed(object: ApiObject, apiVersion: string): ApiObject {
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion }
}
