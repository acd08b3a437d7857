import { existsSync } from 'node:fs'
import { writeFileAtomic } from '../../base/atomic-file.node.ts'
import type { Random } from '../../base/random.ts'
import { systemRandom } from '../../base/random.node.ts'

const KEY_BYTES = 32
const NAME_BYTES = 4

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
