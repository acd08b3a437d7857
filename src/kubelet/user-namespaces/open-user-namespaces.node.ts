import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../../base/atomic-file.node.ts'
import {
  userNamespaces,
  type UserNamespaces,
  type UserNamespacesOptions,
} from './user-namespaces.ts'

/** Goes on with the users that the node's Pods have. */
export async function openUserNamespaces({
  dataDir,
  ...options
}: Omit<UserNamespacesOptions, 'save' | 'saved'> & {
  readonly dataDir: string
}): Promise<UserNamespaces> {
  const path = join(dataDir, 'user_namespaces_state')
  return userNamespaces({
    ...options,
    saved: await readFile(path, 'utf8').catch(() => ''),
    save: (text) => writeFileAtomic(path, text, { mode: 0o600 }),
  })
}
