import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../apimachinery/names.ts'

const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/
const NODE_PREFIX = 'system:node:'

/** The service account that a user name stands for. */
export function accountOf(
  username: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace = '', name = ''] = ACCOUNT.exec(username) ?? []
  const isValid =
    dns1123LabelProblems(namespace).length === 0 && dns1123SubdomainProblems(name).length === 0
  return isValid ? { namespace, name } : undefined
}

/** The node that a user name stands for. */
export function nodeOf(username: string): string | undefined {
  if (!username.startsWith(NODE_PREFIX)) return undefined
  const name = username.slice(NODE_PREFIX.length)
  return dns1123SubdomainProblems(name).length === 0 ? name : undefined
}
