import {
  atField,
  atIndex,
  type FieldError,
  forbidden,
  invalid,
  required,
} from '../../schema/field-error.ts'
import { parseDurationNs } from '../../schema/duration.ts'
import { decodeConfiguration } from '../base/decode-configuration.ts'
import { refuse } from '../base/refuse.ts'
import {
  EncryptionFile,
  type AESConfiguration,
  type Key,
  type KMSConfiguration,
  type ProviderConfiguration,
  type ResourceConfiguration,
} from './configuration-types.ts'
import type {
  EncryptionConfiguration,
  EncryptionKey,
  Provider,
  ResourceEncryption,
} from './encryption-configuration.ts'
import { validateResources } from './validate-resources.ts'

const KIND = { kind: 'EncryptionConfiguration', versions: ['v1'] }

/** Reads an EncryptionConfiguration. Throws an Error that names all that is wrong with it, but never a key. */
export function parseEncryptionConfiguration(yaml: string): EncryptionConfiguration {
  const { resources: given = [] } = decodeConfiguration(yaml, EncryptionFile, KIND)
  const errors: FieldError[] = []
  const resources = given.map((each, i) => readEntry(each, atIndex('resources', i), errors))
  errors.push(...duplicateKmsNames(resources))
  if (resources.length === 0 && errors.length === 0)
    errors.push(required('resources', 'at least one resources is required'))
  refuse(errors)
  return { resources }
}

function readEntry(
  { resources = [], providers: given = [] }: ResourceConfiguration,
  path: string,
  errors: FieldError[],
): ResourceEncryption {
  const [resourcesPath, providersPath] = [atField(path, 'resources'), atField(path, 'providers')]
  if (resources.length === 0) errors.push(atLeastOne(resourcesPath, resourcesPath))
  errors.push(...validateResources(resourcesPath, resources))
  if (given.length === 0) errors.push(atLeastOne(providersPath, providersPath))
  const providers = given.flatMap((each, i) =>
    readProvider(each, atIndex(providersPath, i), errors),
  )
  return { resources, providers }
}

const PROVIDERS = ['kms', 'aesgcm', 'aescbc', 'secretbox', 'identity'] as const

function readProvider(
  given: ProviderConfiguration,
  path: string,
  errors: FieldError[],
): Provider[] {
  const found = PROVIDERS.filter((name) => given[name] !== undefined)
  const [type] = found
  // The names alone: their fields hold keys.
  if (type === undefined) {
    const detail =
      'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity'
    errors.push(invalid(path, found, detail))
    return []
  }
  if (found.length > 1) {
    const detail =
      'more than one provider specified in a single element, should split into different list elements'
    errors.push(invalid(path, found, detail))
    return []
  }
  switch (type) {
    case 'identity':
      return [{ type }]
    case 'aesgcm':
    case 'aescbc':
      return [{ type, keys: readKeys(given[type], atField(path, type), AES_KEY_BYTES, errors) }]
    case 'secretbox': {
      const keys = readKeys(given[type], atField(path, type), SECRETBOX_KEY_BYTES, errors)
      return [{ type, keys }]
    }
    case 'kms':
      return readKms(given[type], atField(path, type), errors)
    default:
      throw new Error(`unknown provider ${String(type satisfies never)}`)
  }
}

function readKeys(
  { keys = [] }: AESConfiguration = {},
  path: string,
  lengths: readonly number[],
  errors: FieldError[],
): EncryptionKey[] {
  const keysPath = atField(path, 'keys')
  if (keys.length === 0) errors.push(atLeastOne(keysPath, 'keys'))
  return keys.flatMap((key, i) => readKey(key, atIndex(keysPath, i), lengths, errors))
}

const AES_KEY_BYTES = [16, 24, 32]
const SECRETBOX_KEY_BYTES = [32]

function readKey(
  { name = '', secret = '' }: Key,
  path: string,
  lengths: readonly number[],
  errors: FieldError[],
): EncryptionKey[] {
  if (name === '')
    errors.push(required(atField(path, 'name'), 'name is a mandatory field for a key'))
  const secretPath = atField(path, 'secret')
  if (secret === '') {
    errors.push(required(secretPath, 'secret is a mandatory field for a key'))
    return []
  }
  const bytes = fromBase64(secret)
  if (!bytes) errors.push(invalid(secretPath, 'REDACTED', 'secrets must be base64 encoded'))
  else if (!lengths.includes(bytes.length)) {
    const detail = `secret is not of the expected length, got ${bytes.length}, expected one of [${lengths.join(' ')}]`
    errors.push(invalid(secretPath, 'REDACTED', detail))
  } else return [{ name, secret: bytes }]
  return []
}

const TIMEOUT = '3s'

function readKms(
  { apiVersion = 'v1', name = '', endpoint = '', timeout = TIMEOUT }: KMSConfiguration = {},
  path: string,
  errors: FieldError[],
): Provider[] {
  const before = errors.length
  if (apiVersion === 'v1') {
    const detail =
      'KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead'
    errors.push(forbidden(atField(path, 'apiVersion'), detail))
  } else if (apiVersion !== 'v2') {
    const detail =
      'unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported'
    errors.push(invalid(atField(path, 'apiVersion'), apiVersion, detail))
  }
  const namePath = atField(path, 'name')
  if (name === '') errors.push(required(namePath, 'name is a mandatory field for a provider'))
  else if (name.includes(':')) {
    const detail = `invalid KMS provider name ${name}, must not contain ':'`
    errors.push(invalid(namePath, name, detail))
  }
  errors.push(...endpointErrors(atField(path, 'endpoint'), endpoint))
  const timeoutNs = parseDurationNs(timeout)
  if (typeof timeoutNs !== 'bigint' || timeoutNs <= 0n)
    errors.push(invalid(atField(path, 'timeout'), timeout, 'timeout should be a positive value'))
  if (errors.length > before) return []
  const timeoutMs = Number(timeoutNs) / 1e6
  return [{ type: 'kms', name, endpoint, timeoutMs }]
}

function endpointErrors(path: string, endpoint: string): readonly FieldError[] {
  if (endpoint === '') return [invalid(path, '', 'endpoint is a mandatory field for a kms')]
  const [, scheme = ''] = /^([a-z][a-z0-9+.-]*):/i.exec(endpoint) ?? []
  if (scheme === 'unix') return []
  const detail = `unsupported scheme ${JSON.stringify(scheme)} for KMS provider, only unix is supported`
  return [invalid(path, endpoint, detail)]
}

function duplicateKmsNames(resources: readonly ResourceEncryption[]): readonly FieldError[] {
  const seen = new Set<string>()
  return resources.flatMap(({ providers }, i) =>
    providers.flatMap((provider, j) => {
      if (provider.type !== 'kms') return []
      const { name } = provider
      if (!seen.has(name)) {
        seen.add(name)
        return []
      }
      const path = `${atIndex(atField(atIndex('resources', i), 'providers'), j)}.kms.name`
      const detail = `duplicate KMS provider name ${name}, names must be unique`
      return [invalid(path, name, detail)]
    }),
  )
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: 'strict' })
  } catch {
    return undefined
  }
}

function atLeastOne(path: string, what: string): FieldError {
  return required(path, `at least one ${what} is required`)
}
