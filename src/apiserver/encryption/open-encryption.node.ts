import { readFile } from 'node:fs/promises'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { systemRandom } from '../../base/random.node.ts'
import { followedFile } from '../../base/followed-file.node.ts'
import { grpcConnection } from '../../grpc/grpc-connection.node.ts'
import type { ResourceInfo } from '../../schema/resource.ts'
import type { HealthCheck } from '../../serving/health.ts'
import type { ValueTransformer } from '../../storage/transforming-store.ts'
import { nodeCiphers } from './ciphers.node.ts'
import type { KmsConfiguration } from './encryption-configuration.ts'
import { kmsProvider, type KmsProvider } from './kms/kms-provider.ts'
import { parseEncryptionConfiguration } from './parse-encryption-configuration.ts'
import { encryptionTransformers, type TransformerOf } from './transformers.ts'

export interface EncryptionPlatform {
  readonly clock: Clock
  readonly logger: Logger
}

const GRACE_MS = 10_000 // Upstream's: how long a plugin that was replaced is still there.

/** Encryption at rest, as a configuration says. */
export interface Encryption extends Disposable {
  readonly transformerOf: TransformerOf
  /** How the plugins are; none where there are none and none may come. */
  readonly healthChecks: readonly HealthCheck[]
}

/**
 * Reads what `--encryption-provider-config` names; `reload`: again whenever it changes, as long as what it says makes sense.
 * Throws an Error in upstream's words.
 */
export async function openEncryption(
  file: string,
  { reload = false, ...platform }: EncryptionPlatform & { readonly reload?: boolean },
): Promise<Encryption> {
  const text = await read(file)
  const first = configured(text, platform)
  return reload ? following(file, text, first, platform) : first
}

async function read(file: string): Promise<string> {
  const name = JSON.stringify(file)
  try {
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`error opening encryption provider configuration file ${name}: ${why}`, {
        cause,
      })
    })
    if (text === '') throw new Error(`encryption provider configuration file ${name} is empty`)
    return text
  } catch (cause) {
    throw parseFailure(cause)
  }
}

function parseFailure(cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new Error(`error while parsing file: ${why}`, { cause })
}

function configured(text: string, { clock }: EncryptionPlatform): Encryption {
  const plugins: KmsProvider[] = []
  const ciphers = nodeCiphers()
  const kmsForm = ({ name, endpoint, timeoutMs }: KmsConfiguration) => {
    const connection = grpcConnection(endpoint)
    const random = systemRandom
    const plugin = kmsProvider({ name, timeoutMs, connection, clock, random, ciphers })
    plugins.push(plugin)
    return plugin.form
  }
  try {
    const transformerOf = encryptionTransformers(
      parseEncryptionConfiguration(text),
      ciphers,
      kmsForm,
    )
    return {
      transformerOf,
      healthChecks: plugins.length > 0 ? [{ name: 'kms-providers', check: checkAll(plugins) }] : [],
      [Symbol.dispose]: () => plugins.forEach((each) => each[Symbol.dispose]()),
    }
  } catch (cause) {
    for (const each of plugins) each[Symbol.dispose]()
    throw parseFailure(cause)
  }
}

function checkAll(plugins: readonly KmsProvider[]): () => Promise<void> {
  return async () => {
    for (const plugin of plugins) await plugin.check()
  }
}

/** Every resource goes through what the file says now, which may concern it tomorrow. */
function following(
  file: string,
  text: string,
  first: Encryption,
  platform: EncryptionPlatform,
): Encryption {
  const { clock, logger } = platform
  const followed = followedFile(
    file,
    { text, first },
    {
      make: (next) => healthy(configured(next, platform)),
      logger,
      messages: {
        used: 'Loaded the encryption configuration anew',
        refused: 'Cannot use the encryption configuration; the last one stays in force',
      },
      // What is being encrypted or decrypted by the old one is brought to its end.
      release: { close: (each) => each[Symbol.dispose](), afterMs: GRACE_MS, clock },
    },
  )
  const plain = plainTransformer()
  return {
    transformerOf: (resource: ResourceInfo): ValueTransformer => {
      const now = (): ValueTransformer => followed.current.transformerOf(resource) ?? plain
      return {
        encode: (key, bytes) => now().encode(key, bytes),
        decode: (key, kept) => now().decode(key, kept),
      }
    },
    healthChecks: [
      {
        name: 'kms-providers',
        check: async () => {
          await checkHealth(followed.current)
        },
      },
    ],
    [Symbol.dispose]: () => followed[Symbol.dispose](),
  }
}

/** A plugin that does not answer would take the objects of the old configuration along with it. */
async function healthy(encryption: Encryption): Promise<Encryption> {
  try {
    await checkHealth(encryption)
    return encryption
  } catch (error) {
    encryption[Symbol.dispose]()
    throw error
  }
}

async function checkHealth({ healthChecks }: Encryption): Promise<void> {
  for (const each of healthChecks) await each.check()
}

function plainTransformer(): ValueTransformer {
  const anything = { resources: ['*.*'], providers: [{ type: 'identity' as const }] }
  const of = encryptionTransformers({ resources: [anything] }, nodeCiphers())
  return of({ group: '', plural: '' } as ResourceInfo)!
}
