import type { ResourceInfo } from '../../schema/resource.ts'
import type { ValueTransformer } from '../../storage/transforming-store.ts'
import {
  type EncryptionConfiguration,
  type GroupResource,
  type KmsConfiguration,
  parseGroupResource,
  type Provider,
} from './encryption-configuration.ts'
import { firstOf, type Form, identity } from './prefixed.ts'
import type { Ciphers } from './value-cipher.ts'

/** How the objects of a resource are kept; undefined where as they are. */
export type TransformerOf = (resource: ResourceInfo) => ValueTransformer | undefined

/**
 * Makes of a configuration what keeps values as Kubernetes does: `k8s:enc:aesgcm:v1:NAME:`, then what the cipher gives,
 * with the storage key as authenticated data. Throws an Error where a rule hides a later one.
 */
export function encryptionTransformers(
  { resources }: EncryptionConfiguration,
  ciphers: Ciphers,
  kmsForm: (configuration: KmsConfiguration) => Form = withoutKms,
): TransformerOf {
  const forms = new Map<string, Form[]>()
  for (const { resources: names, providers } of resources) {
    const made = providers.map((provider) => providerForm(provider, ciphers, kmsForm))
    for (const name of names) {
      const key = keyOf(parseGroupResource(name))
      checkUnmasked(parseGroupResource(name), forms)
      forms.set(key, [...(forms.get(key) ?? []), ...made])
    }
  }
  const transformers = new Map<string, ValueTransformer>()
  for (const [key, made] of forms)
    transformers.set(key, valueTransformer(firstOf('', made, 'no matching prefix found')))
  return ({ group, plural }) => {
    // Events of both groups are stored as the core group's.
    const of = group === 'events.k8s.io' ? '' : group
    return (
      transformers.get(keyOf({ group: of, resource: plural })) ??
      transformers.get(keyOf({ group: of, resource: '*' })) ??
      transformers.get(keyOf({ group: '*', resource: '*' }))
    )
  }
}

function keyOf({ group, resource }: GroupResource): string {
  return `${resource}.${group}`
}

function checkUnmasked(rule: GroupResource, earlier: ReadonlyMap<string, unknown>): void {
  for (const group of [rule.group, '*']) {
    const mask = keyOf({ group, resource: '*' })
    if (!earlier.has(mask)) continue
    const name = rule.group === '' && rule.resource !== '*' ? rule.resource : keyOf(rule)
    throw new Error(`resource "${name}" is masked by earlier rule "${mask}"`)
  }
}

function withoutKms({ name }: KmsConfiguration): Form {
  throw new Error(`KMS provider ${name} needs a connection to its plugin`)
}

function providerForm(
  provider: Provider,
  ciphers: Ciphers,
  kmsForm: (configuration: KmsConfiguration) => Form,
): Form {
  if (provider.type === 'identity') return identity
  if (provider.type === 'kms') return kmsForm(provider)
  const { type, keys } = provider
  const made = keys.map(({ name, secret }): Form => {
    const cipher = ciphers[type](secret)
    return {
      prefix: new TextEncoder().encode(`${name}:`),
      seal: (plain, storageKey) => cipher.seal(plain, storageKey),
      open: (kept, storageKey) => ({ bytes: cipher.open(kept, storageKey), isStale: false }),
    }
  })
  const what = type === 'secretbox' ? 'Secretbox' : 'AES'
  const noMatch = `no matching key was found for the provided ${what} transformer`
  return firstOf(`k8s:enc:${type}:v1:`, made, noMatch)
}

function valueTransformer(form: Form): ValueTransformer {
  const encoder = new TextEncoder()
  return {
    encode: async (key, bytes) => form.seal(bytes, encoder.encode(key)),
    decode: async (key, kept) => form.open(kept, encoder.encode(key)),
  }
}
