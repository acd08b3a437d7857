import { BOOTSTRAP_TOKEN } from '../../api/core/v1/bootstrap-token.ts'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { dns1123SubdomainProblems } from '../../apimachinery/names.ts'
import { StatusError } from '../../apimachinery/status-error.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { pinoLogger } from '../../base/logger.node.ts'
import { systemRandom } from '../../base/random.node.ts'
import { machineNodeName } from '../../cluster/node-address.node.ts'
import { startNodeAgent, type NodeAgent } from '../../cluster/node-agent.node.ts'
import { writePkiFiles } from '../../pki/ensure-pki.node.ts'
import { untilStopped } from '../components/component.node.ts'
import {
  dataDirectory,
  type DataDirectory,
  prepareDataDirectory,
  readJson,
  writeJson,
} from '../data-directory.node.ts'
import { checkNodeFlags } from '../flags/check-flags.node.ts'
import { type NodeFlags, parseListen, resolveNodeFlags } from '../flags/flags.node.ts'
import type { NodeConfig } from '../flags/node-config.ts'
import { isCaHash } from './ca-hash.ts'
import { discoverCluster } from './discover-cluster.ts'
import { getAsNobody } from './get-as-nobody.node.ts'
import { NODE_CONFIG } from './join-policy.ts'
import { keepCertified } from './keep-certified.node.ts'
import {
  APPROVAL_MS_MAX,
  clientOf,
  type Joined,
  placeOf,
  requestCredentials,
} from './node-credentials.node.ts'
import {
  identityOf,
  isRunning,
  readRunState,
  removeRunState,
  writeRunState,
} from '../run-state.node.ts'
import { kubeletChoice } from '../settings/kubelet-config.node.ts'
import { UserError } from '../user-error.ts'

export interface JoinOptions extends Partial<NodeFlags> {
  readonly dataDir: string
  readonly token?: string
  readonly caCertHash?: readonly string[]
  readonly discoveryTokenUnsafeSkipCaVerification?: boolean
  readonly nodeName?: string
}

/** What a joined node remembers, so that it needs no token again. */
interface Remembered extends Joined, Partial<NodeFlags> {}

/**
 * `trierarch join HOST:PORT`: makes this machine a node of a cluster that runs elsewhere, and runs it. Once it has
 * joined, `trierarch join` alone carries on.
 */
export function joinCluster(server: string | undefined, options: JoinOptions): Promise<void> {
  return untilStopped(async () => {
    const directory = dataDirectory(options.dataDir)
    prepareDataDirectory(directory)
    checkFree(directory)
    const remembered = readJson<Remembered>(joinedFile(directory))
    if (remembered) checkSame(remembered, server, options)
    const node = remembered ?? (await explained(() => joinNow(server, options, directory)))
    const joined = { ...node, ...resolveNodeFlags(options, node) }
    checkNodeFlags(joined)
    await writeJson(joinedFile(directory), joined)
    await using stack = new AsyncDisposableStack()
    // So that `down` and `status` know of it.
    await writeRunState(directory, { supervisor: identityOf(process.pid), node: 'containerd' })
    stack.defer(() => removeRunState(directory))
    const agent = stack.use(await startAgent(joined, directory))
    stack.use(await keepCertified(agent, joined, directory.pki))
    process.stdout.write(`This machine is the node ${joined.nodeName} of ${joined.server}.\n`)
    return stack.move()
  })
}

function checkFree(directory: DataDirectory): void {
  if (!isRunning(readRunState(directory)?.supervisor)) return
  throw new UserError(
    `${directory.path} is in use by a node or cluster that runs: choose another with --data-dir, or stop it with \`trierarch down\`.`,
  )
}

/** Who says something else than what this machine has joined as does not get it silently. */
function checkSame(
  { server, nodeName }: Joined,
  hostAndPort: string | undefined,
  options: JoinOptions,
): void {
  const isSame =
    (hostAndPort === undefined || `https://${hostAndPort}` === server) &&
    (options.nodeName ?? nodeName) === nodeName
  if (isSame) return
  throw new UserError(
    `This machine is already the node ${nodeName} of ${server}: to join as another, name another --data-dir.`,
  )
}

function joinedFile({ path }: DataDirectory): string {
  return `${path}/joined.json`
}

async function joinNow(
  hostAndPort: string | undefined,
  options: JoinOptions,
  directory: DataDirectory,
): Promise<Remembered> {
  if (hostAndPort === undefined)
    throw new UserError('Name the cluster to join: trierarch join HOST:PORT --token …', {
      exitCode: 2,
    })
  parseListen(hostAndPort)
  const server = `https://${hostAndPort}`
  const crypto = nodeCrypto(systemRandom)
  const { token, hashes, nodeName } = checked(options)
  const get = getAsNobody(server)
  const caPem = await discoverCluster({ token, caHashes: hashes, crypto, get })
  const bearer = { type: 'token', token } as const
  const signal = AbortSignal.timeout(APPROVAL_MS_MAX)
  using stack = new DisposableStack()
  const client = clientOf({ server, caPem }, bearer, stack)
  const { data } = await client.get(ConfigMap, NODE_CONFIG)
  const joined = { server, nodeName, config: data as unknown as NodeConfig }
  const files = await requestCredentials(placeOf(joined, caPem), bearer, { crypto, signal })
  await writePkiFiles(directory.pki, files)
  return joined
}

/** Everything that can be wrong with the flags, before anything is asked of anybody. */
function checked({ token, caCertHash = [], ...options }: JoinOptions): {
  readonly token: string
  readonly hashes: readonly string[]
  readonly nodeName: string
} {
  const wrong = (text: string): UserError => new UserError(text, { exitCode: 2 })
  if (token === undefined || !BOOTSTRAP_TOKEN.test(token))
    throw wrong('--token must be one that "trierarch token create" has made.')
  const bad = caCertHash.find((hash) => !isCaHash(hash))
  if (bad !== undefined) throw wrong(`--ca-cert-hash ${bad} is not of the form sha256:HEX.`)
  if (caCertHash.length === 0 && options.discoveryTokenUnsafeSkipCaVerification !== true) {
    throw wrong(
      'Without --ca-cert-hash anybody who knows the token could pose as the cluster: give it, or --discovery-token-unsafe-skip-ca-verification.',
    )
  }
  const nodeName = options.nodeName ?? machineNodeName()
  if (dns1123SubdomainProblems(nodeName).length > 0)
    throw wrong(`--node-name ${nodeName} cannot be the name of a node.`)
  return { token, hashes: caCertHash, nodeName }
}

function startAgent(
  { config, ...joined }: Remembered & NodeFlags,
  directory: DataDirectory,
): Promise<NodeAgent> {
  return startNodeAgent({
    ...kubeletChoice(joined.kubeletConfig),
    ...config,
    dataDir: directory.node,
    pkiDirectory: directory.pki,
    ...joined,
    isReachedByOthers: true,
    logger: pinoLogger(),
    onStep: () => undefined,
  })
}

async function explained<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof StatusError)
      throw new UserError(`Cannot join: ${error.message}`, { cause: error })
    if (error instanceof DOMException && error.name === 'TimeoutError') {
      throw new UserError(
        'Cannot join: the cluster has not signed the certificates in time; do its controllers run?',
        { cause: error },
      )
    }
    throw error
  }
}
