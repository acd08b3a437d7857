import type { Overload } from '../check/overload.ts'
import type { Type } from '../check/type.ts'
import { opaque } from '../check/type.ts'
import { AUTHORIZER, JSON_PATCH } from './authorizer.ts'
import { CONVERSIONS } from './conversions.ts'
import { MAP_INSERT } from './map-insert.ts'
import { OPERATORS } from './operators.ts'
import { OPTIONAL } from './optional.ts'
import { REGEX } from './regex.ts'
import { ADDRESSES } from './addresses.ts'
import { FORMATS } from './formats.ts'
import { LISTS, SETS } from './lists.ts'
import { QUANTITY } from './quantity.ts'
import { SEMVER } from './semver.ts'
import { STRINGS } from './strings.ts'
import { URLS } from './urls.ts'
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
    ...REGEX,
    ...AUTHORIZER,
    ...JSON_PATCH,
    ...STRINGS,
    ...LISTS,
    ...SETS,
    ...QUANTITY,
    ...ADDRESSES,
    ...URLS,
    ...SEMVER,
    ...FORMATS,
  ]
}

/** Types of the libraries that expressions can name. */
export function libraryTypes(): Type[] {
  return [opaque('net.IP'), opaque('net.CIDR')]
}
