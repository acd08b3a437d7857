import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { CLUSTER_INFO } from '../../api/core/v1/bootstrap-token.ts'
import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { pinoLogger } from '../../base/logger.node.ts'
import { systemRandom } from '../../base/random.node.ts'
import type { NodeAgent } from '../../cluster/node-agent.node.ts'
import { readPkiFiles, writePkiFiles } from '../../pki/ensure-pki.node.ts'
import { keepRenewed } from '../../pki/keep-renewed.ts'
import type { PkiFiles } from '../../pki/pki-files.ts'
import { authorityIn } from './discover-cluster.ts'
import {
  APPROVAL_MS_MAX,
  areOfPresentAuthority,
  certificate,
  type Joined,
  ownCredential,
  placeOf,
  renewAtMs,
  requestCredentials,
} from './node-credentials.node.ts'

const RETRY_MS = 60_000

/**
 * Has new certificates signed before a node's old ones end, or once the cluster has another authority, and goes on with
 * them. What authorities there are is believed over a connection alone that those known before vouch for.
 */
export async function keepCertified(
  agent: NodeAgent,
  joined: Joined,
  directory: string,
): Promise<AsyncDisposable> {
  const { nodeName } = joined
  const crypto = nodeCrypto(systemRandom)
  const logger = pinoLogger()
  const { namespace, name } = CLUSTER_INFO
  const scope = { namespace, fieldSelector: `metadata.name=${name}` }
  const info = agent.informers.informer(ConfigMap, scope)

  const use = async (files: PkiFiles): Promise<void> => {
    await writePkiFiles(directory, files)
    agent.setCertificates(files)
  }
  /** The node's files, with the authorities that the cluster names now. */
  const trusting = async (): Promise<PkiFiles> => {
    const files = await readPkiFiles(directory)
    const kubeconfig = info.cache.get(CLUSTER_INFO)?.data?.['kubeconfig']
    if (kubeconfig === undefined || authorityIn(kubeconfig) === files.get('ca.crt')) return files
    const trusted = new Map([...files, ['ca.crt', authorityIn(kubeconfig)]])
    await use(trusted)
    logger.info('The authorities of the cluster have been replaced', { node: nodeName })
    return trusted
  }
  const renewed = (files: PkiFiles, stop: AbortSignal): Promise<PkiFiles> => {
    const own = ownCredential(files, nodeName)
    const caPem = files.get('ca.crt')
    if (!own || caPem === undefined) throw new Error('the certificates of this node are missing')
    const signal = AbortSignal.any([stop, AbortSignal.timeout(APPROVAL_MS_MAX)])
    const place = placeOf(joined, caPem)
    return requestCredentials(place, certificate(own), { crypto, signal })
  }

  await using stack = new AsyncDisposableStack()
  const renewing = stack.use(
    keepRenewed({
      clock: systemClock,
      logger,
      renewAtMs: renewAtMs(await readPkiFiles(directory), nodeName),
      retryMs: RETRY_MS,
      async renew(signal) {
        const files = await trusting()
        const dueMs = renewAtMs(files, nodeName)
        const isGood = areOfPresentAuthority(files, nodeName, crypto)
        if (isGood && systemClock.now() < dueMs) return { renewAtMs: dueMs }
        const next = await renewed(files, signal)
        await use(next)
        logger.info("The node's certificates have been renewed", { node: nodeName })
        return { renewAtMs: renewAtMs(next, nodeName) }
      },
    }),
  )
  const onInfo = (): void => void renewing.renewNow()
  stack.use(info.subscribe({ add: onInfo, update: onInfo }))
  return stack.move()
}
