import { join } from 'node:path'
import { openStateFile } from '../state-file.node.ts'
import type { StateFile } from '../state-file.ts'
import {
  userNamespaces,
  type UserNamespaces,
  type UserNamespacesOptions,
} from './user-namespaces.ts'

/** Goes on with the users that the node's Pods have. */
export async function openUserNamespaces({
  dataDir,
  ...options
}: Omit<UserNamespacesOptions, keyof StateFile> & {
  readonly dataDir: string
}): Promise<UserNamespaces> {
  return userNamespaces({
    ...options,
    ...(await openStateFile(join(dataDir, 'user_namespaces_state'))),
  })
}
