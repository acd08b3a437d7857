import type { Overload } from '../check/overload.ts'
import type { Type } from '../check/type.ts'
import { struct } from '../check/type.ts'
import { AUTHORIZER, JSON_PATCH } from './authorizer.ts'
import { CONVERSIONS } from './conversions.ts'
import { MAP_INSERT } from './map-insert.ts'
import { OPERATORS } from './operators.ts'
import { OPTIONAL } from './optional.ts'
import { regexLibrary } from './regex.ts'
import { TEXT } from './text.ts'
import { TIME } from './time.ts'

/** Everything that Kubernetes 1.36 gives expressions. See https://kubernetes.io/docs/reference/using-api/cel/. */
export function libraryOverloads(): Overload[] {
  return [
    ...OPERATORS,
    ...CONVERSIONS,
    ...TEXT,
    ...TIME,
    ...OPTIONAL,
    ...MAP_INSERT,
    ...regexLibrary(),
    ...AUTHORIZER,
    ...JSON_PATCH,
  ]
}

/** Types of the libraries that expressions can name. */
export function libraryTypes(): Type[] {
  const structs = 'Authorizer PathCheck GroupCheck ResourceCheck Decision'.split(' ')
  return structs.map((name) => struct(`kubernetes.authorization.${name}`))
}
