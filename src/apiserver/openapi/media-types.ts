import {
  APPLY_YAML_PATCH_TYPE,
  JSON_PATCH_TYPE,
  JSON_TYPE,
  MERGE_PATCH_TYPE,
  STRATEGIC_MERGE_PATCH_TYPE,
  YAML_TYPE,
} from '../../apimachinery/media-types.ts'

/** How objects are given. */
export const OBJECT_TYPES: readonly string[] = [JSON_TYPE, YAML_TYPE]

/** How lists are given, or watched. */
export const WATCHED_TYPES: readonly string[] = [JSON_TYPE, `${JSON_TYPE};stream=watch`, YAML_TYPE]

export const ANY_TYPE: readonly string[] = ['*/*']

export const PATCH_TYPES: readonly string[] = [
  APPLY_YAML_PATCH_TYPE,
  JSON_PATCH_TYPE,
  MERGE_PATCH_TYPE,
  STRATEGIC_MERGE_PATCH_TYPE,
]
