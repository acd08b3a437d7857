import { readFile } from 'node:fs/promises'
import type { Clock } from '../../base/clock.ts'
import type { Credentials, CredentialSource } from '../../client/credentials.node.ts'
import { credentialsOf } from '../../client/kubeconfig.node.ts'
import { parseKubeconfig } from '../../client/kubeconfig.ts'
import type { WebhookUsers } from './webhook-caller.ts'

type User = Credentials | CredentialSource

const ANONYMOUS: Credentials = { type: 'none' }

/**
 * The users of a kubeconfig file, which are named for whom they are meant: `name.namespace.svc`, `host:port`, `*.svc`, `*`.
 * Where none is meant, the user of the current context is. Throws `KubeconfigError`.
 * See https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#authenticate-apiservers
 */
export async function kubeconfigUsers(file: string, clock: Clock): Promise<WebhookUsers> {
  const config = parseKubeconfig(await readFile(file, 'utf8'), file)
  const users = new Map<string, User>()
  for (const { name, user } of config.users) {
    users.set(name, await credentialsOf(file, user, `user "${name}"`, clock))
  }
  const current = config.contexts.find(({ name }) => name === config['current-context'])
  const otherwise = users.get('*') ?? users.get(current?.context.user ?? '') ?? ANONYMOUS
  return async (hostPort) => {
    const name = namesFor(hostPort).find((each) => users.has(each))
    const user = name === undefined ? otherwise : users.get(name)!
    return typeof user === 'function' ? user() : user
  }
}

/** The names under which a host is looked for, the closest first. */
function namesFor(hostPort: string): readonly string[] {
  const host = hostPort.replace(/:443$/, '')
  return host === hostPort ? widening(host) : [...widening(hostPort), ...widening(host)]
}

/** `a.b.c`, `*.b.c`, `*.c` */
function widening(name: string): readonly string[] {
  const steps = name.split('.')
  return [name, ...steps.slice(1).map((_, i) => `*.${steps.slice(i + 1).join('.')}`)]
}
