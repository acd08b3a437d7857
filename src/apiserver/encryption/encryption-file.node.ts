import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { writeFileAtomic } from '../../base/atomic-file.node.ts'
import type { Random } from '../../base/random.ts'
import { systemRandom } from '../../base/random.node.ts'
import { nodeCiphers } from './ciphers.node.ts'
import { parseEncryptionConfiguration } from './parse-encryption-configuration.ts'
import { encryptionTransformers, type TransformerOf } from './transformers.ts'

const KEY_BYTES = 32
const NAME_BYTES = 4

/** Reads what `--encryption-provider-config` names. Throws an Error in upstream's words. */
export async function readEncryptionConfig(file: string): Promise<TransformerOf> {
  const name = JSON.stringify(file)
  try {
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`error opening encryption provider configuration file ${name}: ${why}`, {
        cause,
      })
    })
    if (text === '') throw new Error(`encryption provider configuration file ${name} is empty`)
    return encryptionTransformers(parseEncryptionConfiguration(text), nodeCiphers())
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`error while parsing file: ${why}`, { cause })
  }
}

/**
 * Makes, where there is none yet, a configuration that encrypts Secrets with a key of its own, and lets those that were
 * written as plain text be read. Its owner alone can read it.
 */
export async function ensureEncryptionConfig(file: string): Promise<void> {
  if (!existsSync(file))
    await writeFileAtomic(file, newConfiguration(systemRandom), { mode: 0o600 })
}

// A name of its own, so that what an older key wrote is never taken for this one's.
function newConfiguration(random: Random): string {
  return `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources:
      - secrets
    providers:
      - aesgcm:
          keys:
            - name: local-${random.bytes(NAME_BYTES).toHex()}
              secret: ${random.bytes(KEY_BYTES).toBase64()}
      - identity: {}
`
}
