import { equal } from '../../../apimachinery/equality.ts'
import { byteLength } from '../../../apimachinery/names.ts'
import { configMapKeyProblems } from '../../../apimachinery/value-rules.ts'
import {
  forbidden,
  invalid,
  required,
  tooLong,
  type FieldError,
} from '../../../schema/field-error.ts'
import { JsonSyntaxError, parseJson } from '../../../schema/json.ts'
import { changeItems, withField, withFields } from '../../change.ts'
import type { Strategy } from '../../strategy.ts'
import { immutable, NONE, problemsAt } from '../../validation/rules.ts'
import type { ConfigMap } from './config-map.ts'
import type { ObjectReference } from './reference.ts'
import type { Secret } from './secret.ts'
import type { ServiceAccount } from './service-account.ts'

const SIZE_BYTES_MAX = 1024 * 1024
const WHEN_IMMUTABLE = 'field is immutable when `immutable` is set'

/** The rules of ConfigMaps. */
export const configMapStrategy: Strategy<ConfigMap> = {
  validateCreate: validateConfigMap,
  validateUpdate: (configMap, old) => [
    ...validateFrozen(configMap, old, ['data', 'binaryData']),
    ...validateConfigMap(configMap),
  ],
}

function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const errors: FieldError[] = []
  let bytes = 0
  for (const [key, value] of Object.entries(data)) {
    errors.push(...problemsAt(`data[${key}]`, key, configMapKeyProblems(key)))
    if (Object.hasOwn(binaryData, key))
      errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'))
    bytes += byteLength(value)
  }
  for (const [key, value] of Object.entries(binaryData)) {
    errors.push(...problemsAt(`binaryData[${key}]`, key, configMapKeyProblems(key)))
    bytes += base64Length(value)
  }
  // The error is about the whole object.
  if (bytes > SIZE_BYTES_MAX) errors.push(tooLong('', SIZE_BYTES_MAX))
  return errors
}

function validateFrozen<T extends { readonly immutable?: boolean }>(
  object: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (!old.immutable) return NONE
  return [
    ...(object.immutable ? NONE : [forbidden('immutable', WHEN_IMMUTABLE)]),
    ...fields
      .filter((field) => !equal(object[field], old[field]))
      .map((field) => forbidden(field, WHEN_IMMUTABLE)),
  ]
}

/** How many bytes a base64 text stands for. */
function base64Length(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}

/** The rules of Secrets. */
export const secretStrategy: Strategy<Secret> = {
  applyDefaults: withStringData,
  validateCreate: validateSecret,
  validateUpdate: (secret, old) => [
    ...immutable(secret.type, old.type, 'type'),
    ...validateFrozen(secret, old, ['data']),
    ...validateSecret(secret),
  ],
  selectableFields: { type: ({ type }) => type },
}

/** What is given as text is kept as bytes. */
function withStringData(secret: Secret): Secret {
  const { stringData } = secret
  if (!stringData) return secret
  const encoded = Object.entries(stringData).map(
    ([key, value]) => [key, new TextEncoder().encode(value).toBase64()] as const,
  )
  return withFields(secret, {
    data: { ...secret.data, ...Object.fromEntries(encoded) },
    stringData: undefined,
  })
}

function validateSecret(secret: Secret): FieldError[] {
  const { data = {} } = secret
  const bytes = Object.values(data).reduce((sum, each) => sum + base64Length(each), 0)
  return [
    ...Object.keys(data).flatMap((key) =>
      problemsAt(`data[${key}]`, key, configMapKeyProblems(key)),
    ),
    ...(bytes > SIZE_BYTES_MAX ? [tooLong('data', SIZE_BYTES_MAX)] : NONE),
    ...validateSecretType(secret, data),
  ]
}

const ACCOUNT_NAME = 'kubernetes.io/service-account.name'

function validateSecretType(
  { type, metadata }: Secret,
  data: Readonly<Record<string, string>>,
): FieldError[] {
  const missing = (...keys: readonly string[]): FieldError[] =>
    keys.filter((key) => !Object.hasOwn(data, key)).map((key) => required(`data[${key}]`))
  switch (type) {
    case 'kubernetes.io/service-account-token':
      return metadata.annotations?.[ACCOUNT_NAME]
        ? NONE
        : [required(`metadata.annotations[${ACCOUNT_NAME}]`)]
    case 'kubernetes.io/dockercfg':
      return validateJson(data, '.dockercfg')
    case 'kubernetes.io/dockerconfigjson':
      return validateJson(data, '.dockerconfigjson')
    case 'kubernetes.io/basic-auth': {
      const errors = missing('username', 'password')
      return errors.length === 2 ? errors : NONE
    }
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? NONE : [required('data[ssh-privatekey]')]
    case 'kubernetes.io/tls':
      return missing('tls.crt', 'tls.key')
    default:
      return NONE
  }
}

function validateJson(data: Readonly<Record<string, string>>, key: string): FieldError[] {
  const path = `data[${key}]`
  const encoded = data[key]
  if (encoded === undefined) return [required(path)]
  try {
    const value: unknown = parseJson(Uint8Array.fromBase64(encoded))
    if (typeof value === 'object' && !Array.isArray(value)) return NONE
    const kind = Array.isArray(value) ? 'array' : typeof value
    const text = `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`
    return [invalid(path, REDACTED, text)]
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    return [invalid(path, REDACTED, error.message)]
  }
}

const REDACTED = '<secret contents redacted>'
const MOUNTABLE_SECRETS = 'kubernetes.io/enforce-mountable-secrets'

/** The rules of ServiceAccounts. */
export const serviceAccountStrategy: Strategy<ServiceAccount> = {
  prepareForCreate: withNamedSecrets,
  prepareForUpdate: withNamedSecrets,
  validateCreate: () => NONE,
  validateUpdate: () => NONE,
  warnings: ({ metadata }) =>
    metadata.annotations?.[MOUNTABLE_SECRETS] === 'true'
      ? [
          `metadata.annotations[${MOUNTABLE_SECRETS}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
        ]
      : [],
}

// Of the references only the names count.
function withNamedSecrets(account: ServiceAccount): ServiceAccount {
  const { secrets } = account
  if (!secrets) return account
  const named = changeItems(secrets, (each): ObjectReference =>
    Object.keys(each).every((key) => key === 'name') ? each : each.name ? { name: each.name } : {},
  )
  return withField(account, 'secrets', named)
}
