import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureEncryptionConfig } from '../../apiserver/encryption/encryption-file.node.ts'
import { type Encryption, openEncryption } from '../../apiserver/encryption/open-encryption.node.ts'
import { systemClock } from '../../base/clock.node.ts'
import { pinoLogger } from '../../base/logger.node.ts'
import type { DataDirectory } from '../data-directory.node.ts'
import { datastoreOf } from './datastore.node.ts'
import type { ClusterFlags } from '../flags/flags.node.ts'
import { UserError } from '../user-error.ts'

/**
 * What the flags say about encryption at rest; where they say nothing, what the data directory has, which is made for a
 * store of our own. Throws `UserError`.
 */
export async function encryptionOf(
  flags: Pick<
    ClusterFlags,
    | 'encryptionProviderConfig'
    | 'encryptionProviderConfigAutomaticReload'
    | 'datastore'
    | 'etcdServers'
  >,
  directory: DataDirectory,
): Promise<Encryption | undefined> {
  const given = flags.encryptionProviderConfig
  const own = join(directory.pki, 'encryption-config.yaml')
  // Other control planes on one etcd could not read what a key made here wrote.
  if (given === undefined && datastoreOf(flags, directory).type === 'sqlite')
    await ensureEncryptionConfig(own)
  const file = given ?? (existsSync(own) ? own : undefined)
  if (file === undefined) return undefined
  try {
    return await openEncryption(file, {
      clock: systemClock,
      logger: pinoLogger(),
      reload: flags.encryptionProviderConfigAutomaticReload === 'true',
    })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UserError(`invalid argument for --encryption-provider-config: ${why}`, { cause })
  }
}
