import type { UserInfo } from '../../authentication/authenticator.ts'

const PREFIX = 'system:node:'
const GROUP = 'system:nodes'

/** The name of the node that the user is; empty where it has none, undefined where it is no node. */
export function nodeIdentity({ name, groups }: UserInfo): string | undefined {
  if (!name.startsWith(PREFIX) || !groups.includes(GROUP)) return undefined
  return name.slice(PREFIX.length)
}
