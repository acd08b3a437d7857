import type { ScalarType } from './field.ts'

/** The tags of a JSON schema, and of whether anything goes, in a message that holds either. */
export interface SchemaTags {
  readonly schema: number
  readonly allows?: number
}

/** The tag of what may stand in the place of a schema: several of them, or names. */
export const SCHEMA_LIST_TAG = 2

/** JSONSchemaPropsOrBool has the bool first, the others the schema. */
export function schemaTags(type: ScalarType): SchemaTags {
  return type === 'jsonSchemaPropsOrBool' ? { schema: 2, allows: 1 } : { schema: 1 }
}
