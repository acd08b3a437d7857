import type { Overload } from '../check/overload.ts'
import { fn } from '../check/overload.ts'
import { NO_SUCH_OVERLOAD } from '../values/value.ts'

/** What `transformMap()` becomes. No expression can write it; the plan adds to the map in place. */
export const MAP_INSERT: readonly Overload[] = [
  fn(
    'cel.@mapInsert',
    '@mapInsert_map_key_value',
    'map(K, V), K, V -> map(K, V)',
    () => NO_SUCH_OVERLOAD,
  ),
  fn(
    'cel.@mapInsert',
    '@mapInsert_map_map',
    'map(K, V), map(K, V) -> map(K, V)',
    () => NO_SUCH_OVERLOAD,
  ),
]
