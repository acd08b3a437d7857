import { dns1123SubdomainProblems, labelValueProblems } from '../../../apimachinery/names.ts'
import { cIdentifierProblems } from '../../../apimachinery/value-rules.ts'
import {
  duplicate,
  invalid,
  required,
  tooLong,
  tooMany,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { validateCsiDriverName } from '../../core/v1/legacy-volume-validation.ts'
import {
  dnsSubdomain,
  eachAt,
  NONE,
  oneOf,
  problemsAt,
  qualifiedName,
  requiredOneOf,
} from '../../validation/rules.ts'
import type { DeviceSelector, DeviceToleration, OpaqueDeviceConfiguration } from './common.ts'
import type { DeviceTaint } from './resource-slice.ts'

/** The rules that the kinds of dynamic resource allocation share (KEP-4381). Expressions are compiled elsewhere. */

/** The most of each: requests, constraints, configurations, selectors, results. */
export const ITEMS_MAX = 32
const EXPRESSION_MAX = 10 * 1024
const PARAMETERS_MAX = 10 * 1024
const POOL_NAME_MAX = 253
const IDENTIFIER_MAX = 32

export const validateDriverName: (name: string, path: string) => FieldError[] =
  validateCsiDriverName

/** A list of limited length, whose items are told apart by a key. */
export function validateSet<T>(
  items: readonly T[] | undefined,
  path: string,
  max: number,
  key: (item: T) => string,
  validate: (item: T, path: string) => FieldError[],
): FieldError[] {
  const keys = (items ?? []).map(key)
  return [
    ...validateCount(items, path, max),
    ...eachAt(items, path, (item, at, i) => [
      ...validate(item, at),
      ...(keys.indexOf(keys[i]!) < i ? [duplicate(at, keys[i])] : NONE),
    ]),
  ]
}

export function validateCount(
  items: readonly unknown[] | undefined,
  path: string,
  max: number,
): FieldError[] {
  const count = items?.length ?? 0
  return count > max ? [tooMany(path, count, max)] : NONE
}

export function validateSelectors(
  selectors: readonly DeviceSelector[] | undefined,
  path: string,
): FieldError[] {
  return [
    ...validateCount(selectors, path, ITEMS_MAX),
    ...eachAt(selectors, path, ({ cel }, at) => {
      if (!cel) return [required(`${at}.cel`)]
      return cel.expression.length > EXPRESSION_MAX
        ? [tooLong(`${at}.cel.expression`, EXPRESSION_MAX)]
        : NONE
    }),
  ]
}

export function validateTolerations(
  tolerations: readonly DeviceToleration[] | undefined,
  path: string,
): FieldError[] {
  return eachAt(tolerations, path, ({ key, operator, value = '', effect }, at) => [
    ...(key ? qualifiedName(key, `${at}.key`) : NONE),
    ...(!key && operator !== 'Exists'
      ? [
          invalid(
            `${at}.operator`,
            operator,
            "operator must be Exists when `key` is empty, which means 'match all values and all keys'",
          ),
        ]
      : NONE),
    ...(operator === 'Exists' && value
      ? [invalid(`${at}.value`, value, 'must be empty for operator `Exists`')]
      : NONE),
    ...(operator === 'Equal' ? problemsAt(`${at}.value`, value, labelValueProblems(value)) : NONE),
    ...(operator === 'Exists' || operator === 'Equal'
      ? NONE
      : [unsupported(`${at}.operator`, operator, ['Equal', 'Exists'])]),
    ...(effect ? oneOf(effect, ['NoExecute', 'NoSchedule'], `${at}.effect`) : NONE),
  ])
}

export function validateConfiguration(
  opaque: OpaqueDeviceConfiguration | undefined,
  path: string,
): FieldError[] {
  if (!opaque) return [required(`${path}.opaque`)]
  const at = `${path}.opaque.parameters`
  const parameters: unknown = opaque.parameters
  return [
    ...validateDriverName(opaque.driver, `${path}.opaque.driver`),
    ...(parameters === undefined ? [required(at)] : NONE),
    ...(JSON.stringify(parameters ?? null).length > PARAMETERS_MAX
      ? [tooLong(at, PARAMETERS_MAX)]
      : NONE),
  ]
}

/** Checks a taint, of a device or of the rule that puts it there. */
export function validateTaint(
  { key, value = '', effect }: Pick<DeviceTaint, 'key' | 'value' | 'effect'>,
  path: string,
): FieldError[] {
  return [
    ...qualifiedName(key, `${path}.key`),
    ...problemsAt(`${path}.value`, value, labelValueProblems(value)),
    ...requiredOneOf(effect, ['NoExecute', 'NoSchedule', 'None'], `${path}.effect`),
  ]
}

export function validatePoolName(name: string, path: string): FieldError[] {
  if (!name) return [required(path)]
  return [
    ...(name.length > POOL_NAME_MAX ? [tooLong(path, POOL_NAME_MAX)] : NONE),
    ...name.split('/').flatMap((part) => problemsAt(path, part, dns1123SubdomainProblems(part))),
  ]
}

export function validateClassName(name: string, path: string): FieldError[] {
  return name ? dnsSubdomain(name, path) : [required(path)]
}

/** The name of an attribute or capacity: an identifier, which a domain may go before. */
export function validateAttributeName(name: string, path: string): FieldError[] {
  if (!name) return [required(path)]
  const [domain, id, ...others] = name.split('/')
  if (others.length > 0)
    return [invalid(path, name, 'must be a C identifier or a C identifier with a domain prefix')]
  if (id === undefined) return validateIdentifier(domain!, path)
  return [
    ...(domain
      ? validateDriverName(domain, path)
      : [required(path, 'the domain must not be empty')]),
    ...(id ? validateIdentifier(id, path) : [required(path, 'the name must not be empty')]),
  ]
}

export function validateQualifiedAttribute(name: string, path: string): FieldError[] {
  return [
    ...validateAttributeName(name, path),
    ...(name && !name.includes('/') ? [invalid(path, name, 'must include a domain')] : NONE),
  ]
}

function validateIdentifier(id: string, path: string): FieldError[] {
  return [
    ...(id.length > IDENTIFIER_MAX ? [tooLong(path, IDENTIFIER_MAX)] : NONE),
    ...problemsAt(path, id, cIdentifierProblems(id)),
  ]
}
