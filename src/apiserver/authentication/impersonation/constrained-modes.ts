import { serviceAccountGroups } from '../../../pki/service-account-claims.ts'
import { validateDomainPrefixedPath } from '../../../api/validation/domain-prefixed-path.ts'
import { forbidden } from '../../../apimachinery/status-error.ts'
import type { UserInfo } from '../authenticator.ts'
import { NODE_NAME } from '../extra.ts'
import { type Question, questionsAbout } from './questions.ts'
import { accountOf, nodeOf } from './usernames.ts'

const GROUP = 'authentication.k8s.io'
const NODES = 'system:nodes'
const SUPERUSERS = 'system:masters'

/** A way of impersonating for some requests only (KEP-5284). */
export interface ImpersonationMode {
  /** As it stands in the verbs `impersonate:MODE` and `impersonate-on:MODE:VERB`. */
  readonly name: string
  fits(wanted: UserInfo, asker: UserInfo): boolean
  /** The asker as authorizers see them. */
  asker(user: UserInfo): UserInfo
  /** Throws `Forbidden` where nobody may be allowed to be such a user this way. */
  confirm(wanted: UserInfo, asker: UserInfo): void
  questions(wanted: UserInfo): readonly Question[]
  /** The groups that the user has, where the server says so and not the request. */
  groups?(wanted: UserInfo): readonly string[]
}

const anything = {
  asker: (user: UserInfo) => user,
  confirm: (): void => undefined,
}

const KEYS = 'authentication.kubernetes.io/associated-node-keys'

/** A service account speaks for the node that its Pod runs on, whichever it is. */
const associatedNode: ImpersonationMode = {
  ...anything,
  name: 'associated-node',
  fits(wanted, { name, extra = {} }) {
    const node = nodeOf(wanted.name)
    const [own, ...more] = extra[NODE_NAME] ?? []
    if (node === undefined || own !== node || more.length > 0) return false
    return hasNameOnly(wanted) && accountOf(name) !== undefined
  },
  // That the node is its own is known, so what else its token says makes no difference.
  asker: (user) => ({ ...user, extra: { [KEYS]: Object.keys(user.extra ?? {}).toSorted() } }),
  questions: () => [{ group: GROUP, resource: 'nodes', name: '*' }],
  groups: () => [NODES],
}

const arbitraryNode: ImpersonationMode = {
  ...anything,
  name: 'arbitrary-node',
  fits: (wanted) => hasNameOnly(wanted) && nodeOf(wanted.name) !== undefined,
  questions: ({ name }) => [{ group: GROUP, resource: 'nodes', name: nodeOf(name)! }],
  groups: () => [NODES],
}

const serviceAccount: ImpersonationMode = {
  ...anything,
  name: 'serviceaccount',
  fits: (wanted) => hasNameOnly(wanted) && accountOf(wanted.name) !== undefined,
  questions: ({ name }) => [{ group: GROUP, resource: 'serviceaccounts', ...accountOf(name)! }],
  groups: ({ name }) => serviceAccountGroups(accountOf(name)!.namespace),
}

/** Whoever is neither a node nor a service account, with groups and all. */
const userInfo: ImpersonationMode = {
  ...anything,
  name: 'user-info',
  fits: ({ name }) => nodeOf(name) === undefined && accountOf(name) === undefined,
  confirm({ groups, extra = {} }) {
    if (groups.includes('')) {
      throw refused('groups', '', 'impersonating the empty string group is not allowed')
    }
    if (groups.includes(SUPERUSERS)) {
      const text = `impersonating the ${SUPERUSERS} group is not allowed`
      throw refused('groups', SUPERUSERS, text)
    }
    for (const [key, values] of Object.entries(extra)) {
      const problem = extraProblem(key, values)
      if (problem !== undefined) throw refused('userextras', '', problem)
    }
  },
  questions: (wanted) => questionsAbout(wanted, GROUP),
}

/** In the order in which they are tried, the narrowest first. */
export const CONSTRAINED_MODES: readonly ImpersonationMode[] = [
  associatedNode,
  arbitraryNode,
  serviceAccount,
  userInfo,
]

function hasNameOnly({ uid, groups, extra = {} }: UserInfo): boolean {
  return uid === undefined && groups.length === 0 && Object.keys(extra).length === 0
}

function extraProblem(key: string, values: readonly string[]): string | undefined {
  if (key === '') return 'impersonating the empty string key in extra is not allowed'
  const [problem] = validateDomainPrefixedPath(key, 'extra.key')
  if (problem)
    return `impersonating an invalid key in extra is not allowed: extra.key: ${problem.body}`
  if (key !== key.toLowerCase())
    return `impersonating a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`
  return values.includes('')
    ? 'impersonating the empty string value in extra is not allowed'
    : undefined
}

function refused(resource: string, name: string, text: string): Error {
  return forbidden({ group: GROUP, resource }, name, text)
}
