import {
  BOOTSTRAP_TOKEN,
  BOOTSTRAP_TOKEN_TYPE,
  bootstrapSecretName,
  bootstrapTokenFrom,
  CLUSTER_INFO,
  SIGNATURE_PREFIX,
} from '../../api/core/v1/bootstrap-token.ts'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import { humanDuration } from '../../apimachinery/durations.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import { systemClock } from '../../base/clock.node.ts'
import { timestampOf } from '../../base/clock.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { hostAndPort, isEverywhere, isLoopback } from '../../base/host-and-port.ts'
import { systemRandom } from '../../base/random.node.ts'
import type { Client } from '../../client/client.ts'
import { ensureJoinedNetworkRole } from '../../cluster/network-role.ts'
import { familyOfRange, machineAddress } from '../../cluster/node-address.node.ts'
import { asAdmin } from '../cluster-access.node.ts'
import { dataDirectory } from '../data-directory.node.ts'
import { type ClusterFlags, parseListen, resolveFlags } from '../flags/flags.node.ts'
import { nodeConfig } from '../flags/node-config.ts'
import { milliseconds, wrong } from '../flags/values.ts'
import { caHashes } from './ca-hash.ts'
import { DEFAULT_TOKEN_GROUP, ensureJoinPolicy } from './join-policy.ts'
import { randomToken } from './random-token.ts'
import { table } from '../table.ts'
import { UserError } from '../user-error.ts'

export interface TokenCreateOptions {
  readonly dataDir: string
  readonly ttl: string
  readonly description?: string
  readonly usages: string
  readonly groups: string
}

const NAMESPACE = 'kube-system'
const SIGNED_MS_MAX = 10_000
const USAGES = ['signing', 'authentication']

/** `trierarch token create`: makes a token with which machines can join, and says how. */
export async function createToken(
  given: string | undefined,
  options: TokenCreateOptions,
): Promise<string> {
  const token = given ?? randomToken(systemRandom)
  const [, id = '', secret = ''] = BOOTSTRAP_TOKEN.exec(token) ?? []
  if (id === '') {
    const text = `The token ${JSON.stringify(token)} is not of the form [a-z0-9]{6}.[a-z0-9]{16}: leave it out, and one is made.`
    throw new UserError(text, { exitCode: 2 })
  }
  const data = tokenData(id, secret, options)
  const directory = dataDirectory(options.dataDir)
  return asAdmin(directory, async ({ client, access: { ca = '' } }) => {
    const flags = resolveFlags({}, directory)
    await ensureJoinPolicy(client, nodeConfig(flags))
    await ensureJoinedNetworkRole(client)
    const metadata = { namespace: NAMESPACE, name: bootstrapSecretName(id) }
    await client.create(Secret, { metadata, type: BOOTSTRAP_TOKEN_TYPE, stringData: data })
    if (options.usages.split(',').includes('signing')) await untilSigned(client, id)
    const hash = caHashes(ca, nodeCrypto(systemRandom)).at(0)
    return `trierarch join ${reachedAt(flags)} --token ${token} --ca-cert-hash ${hash}`
  })
}

/** Whoever joins at once finds the signature that it looks for; where nothing signs, it says so itself. */
async function untilSigned(client: Client, id: string): Promise<void> {
  const { namespace, name } = CLUSTER_INFO
  const signal = AbortSignal.timeout(SIGNED_MS_MAX)
  const fieldSelector = `metadata.name=${name}`
  try {
    for await (const event of client.watch(ConfigMap, { namespace, fieldSelector, signal })) {
      if (event.type !== 'BOOKMARK' && event.object.data?.[`${SIGNATURE_PREFIX}${id}`]) return
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** `trierarch token list`. */
export function listTokens(dataDir: string): Promise<string> {
  return asAdmin(dataDirectory(dataDir), async ({ client }) => {
    const { items } = await client.list(Secret, {
      namespace: NAMESPACE,
      fieldSelector: `type=${BOOTSTRAP_TOKEN_TYPE}`,
    })
    const rows = items.map((secret) => rowOf(secret))
    return table([['TOKEN', 'TTL', 'EXPIRES', 'USAGES', 'DESCRIPTION', 'EXTRA GROUPS'], ...rows])
  })
}

/** `trierarch token delete`: by the whole token or its ID. */
export function deleteTokens(dataDir: string, tokens: readonly string[]): Promise<string> {
  return asAdmin(dataDirectory(dataDir), async ({ client }) => {
    const lines: string[] = []
    for (const token of tokens) {
      const [id = ''] = token.split('.')
      if (!/^[a-z0-9]{6}$/.test(id))
        throw new UserError(`${token} is neither a token nor the ID of one.`, { exitCode: 2 })
      try {
        await client.delete(Secret, { namespace: NAMESPACE, name: bootstrapSecretName(id) })
      } catch (error) {
        if (isNotFound(error)) throw new UserError(`There is no token ${id}.`, { cause: error })
        throw error
      }
      lines.push(`bootstrap token "${id}" deleted`)
    }
    return lines.join('\n')
  })
}

function tokenData(
  id: string,
  secret: string,
  { ttl, description, usages, groups }: TokenCreateOptions,
): Readonly<Record<string, string>> {
  const wanted = usages.split(',')
  const unknown = wanted.find((usage) => !USAGES.includes(usage))
  if (unknown !== undefined)
    throw wrong(`--usages ${unknown} is neither signing nor authentication.`)
  const lifeMs = milliseconds('ttl', ttl, '24h, or 0 for ever')
  return {
    'token-id': id,
    'token-secret': secret,
    ...(description !== undefined && { description }),
    ...(lifeMs > 0 && { expiration: timestampOf(systemClock.now() + lifeMs) }),
    ...Object.fromEntries(wanted.map((usage) => [`usage-bootstrap-${usage}`, 'true'])),
    ...(wanted.includes('authentication') && {
      'auth-extra-groups': groups || DEFAULT_TOKEN_GROUP,
    }),
  }
}

// Other machines reach no loopback, and everywhere is no address.
function reachedAt({ listen, serviceClusterIpRange }: ClusterFlags): string {
  const { host, port } = parseListen(listen)
  const isNowhere = isLoopback(host) || isEverywhere(host)
  const family = familyOfRange(serviceClusterIpRange)
  return hostAndPort(isNowhere ? (machineAddress(family) ?? host) : host, port)
}

function rowOf(secret: Secret): readonly string[] {
  const {
    id,
    secret: text,
    expiration,
    usages,
    description,
    groups = [],
  } = bootstrapTokenFrom(secret)
  const names = [
    ...(usages.authentication ? ['authentication'] : []),
    ...(usages.signing ? ['signing'] : []),
  ]
  const leftMs = expiration === undefined ? Infinity : Date.parse(expiration) - systemClock.now()
  const left = leftMs === Infinity ? '<forever>' : leftMs > 0 ? humanDuration(leftMs) : '<invalid>'
  return [
    `${id}.${text}`,
    left,
    expiration ?? '<never>',
    names.join(',') || '<none>',
    description || '<none>',
    groups.join(',') || '<none>',
  ]
}
