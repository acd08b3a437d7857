import {
  APPLY_YAML_PATCH_TYPE,
  JSON_PATCH_TYPE,
  JSON_TYPE,
  MERGE_PATCH_TYPE,
  STRATEGIC_MERGE_PATCH_TYPE,
  YAML_TYPE,
} from '../../apimachinery/media-types.ts'
import type { MessageClass } from '../../schema/message.ts'

/** How objects are given. */
export const OBJECT_TYPES: readonly string[] = [JSON_TYPE, YAML_TYPE]

/** How lists are given, or watched. */
export const WATCHED_TYPES: readonly string[] = [JSON_TYPE, `${JSON_TYPE};stream=watch`, YAML_TYPE]

export const ANY_TYPE: readonly string[] = ['*/*']

const CUSTOM_PATCH_TYPES: readonly string[] = [
  APPLY_YAML_PATCH_TYPE,
  JSON_PATCH_TYPE,
  MERGE_PATCH_TYPE,
]
const PATCH_TYPES: readonly string[] = [...CUSTOM_PATCH_TYPES, STRATEGIC_MERGE_PATCH_TYPE]

/**
 * How patches of a kind are given. Custom resources have no strategic merges; `kubectl apply` sends whichever patch it
 * finds here, so it must be told.
 */
export function patchTypes(type: MessageClass): readonly string[] {
  return type.info.openApi ? CUSTOM_PATCH_TYPES : PATCH_TYPES
}
