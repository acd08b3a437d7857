import { nodeCrypto } from '../../base/crypto.node.ts'
import { liveValue } from '../../base/live-value.ts'
import type { UserInfo } from '../../apiserver/authentication/authenticator.ts'
import { createClient } from '../../client/create-client.ts'
import { httpsTransport, type HttpsTransportOptions } from '../../client/https-transport.node.ts'
import type { Transport } from '../../client/transport.ts'
import {
  accountOf,
  CONTROLLER_MANAGER,
  startControllers,
  type TransportSource,
  whileLeading,
} from '../../cluster/components.ts'
import { controllerMetrics } from '../../controller-runtime/index.ts'
import { UnknownControllerError } from '../../controllers/index.ts'
import { authorityFromPem } from '../../pki/authority.ts'
import { privateKeyFromPem } from '../../pki/keys.ts'
import { serviceAccountTokens } from '../../pki/service-account-tokens.ts'
import { UserError } from '../user-error.ts'
import { accountCredentials } from './account-credentials.ts'
import { serveComponent } from './component-server.node.ts'
import { servingOf, type ServingFlags } from './serving-flags.node.ts'
import {
  componentMetrics,
  identityOf,
  platform,
  readNamed,
  serverOf,
  untilStopped,
  type ElectedFlags,
} from './component.node.ts'

/** By upstream's names. */
export interface ControllerManagerFlags extends ElectedFlags, ServingFlags {
  /** Separated by commas. */
  readonly controllers: string
  readonly clusterCidr: string
  readonly rootCaFile: string
  readonly serviceAccountPrivateKeyFile: string
  readonly clusterSigningCertFile: string
  readonly clusterSigningKeyFile: string
}

/** `trierarch controller-manager`: the controllers alone, against any API server, each as its own service account. */
export function controllerManager(flags: ControllerManagerFlags): Promise<void> {
  return untilStopped(async () => {
    await using stack = new AsyncDisposableStack()
    const options = platform()
    const crypto = nodeCrypto(options.random)
    const serving = servingOf(flags, { ...options, crypto })
    const metrics = componentMetrics()
    const server = { ...(await serverOf(flags)), observe: metrics.observe }
    const signingKey = privateKeyFromPem(read('service-account-private-key-file', flags))
    const start = { ...options, ...identityOf(flags), crypto, clusterCIDR: flags.clusterCidr }
    const api = transports(server, options, stack)
    const all = {
      ...start,
      api,
      controllerMetrics: controllerMetrics(metrics.set),
      controllers: flags.controllers.split(','),
      rootCA: liveValue(read('root-ca-file', flags)),
      tokens: serviceAccountTokens({ crypto, clock: options.clock, signingKey }),
      authority: () =>
        authorityFromPem({
          certPem: read('cluster-signing-cert-file', flags),
          keyPem: read('cluster-signing-key-file', flags),
        }),
    }
    if (serving) {
      const client = createClient(api.transportFor(CONTROLLER_MANAGER))
      stack.use(await serveComponent({ ...start, ...serving, metrics, client }))
    }
    try {
      stack.use(whileLeading('kube-controller-manager', CONTROLLER_MANAGER, startControllers, all))
    } catch (error) {
      if (!(error instanceof UnknownControllerError)) throw error
      throw new UserError(`${error.message}.`, { exitCode: 2, cause: error })
    }
    return stack.move()
  })
}

type FileFlag =
  | 'root-ca-file'
  | 'service-account-private-key-file'
  | 'cluster-signing-cert-file'
  | 'cluster-signing-key-file'

function read(flag: FileFlag, flags: ControllerManagerFlags): string {
  const files: Readonly<Record<FileFlag, string>> = {
    'root-ca-file': flags.rootCaFile,
    'service-account-private-key-file': flags.serviceAccountPrivateKeyFile,
    'cluster-signing-cert-file': flags.clusterSigningCertFile,
    'cluster-signing-key-file': flags.clusterSigningKeyFile,
  }
  return readNamed(flag, files[flag])
}

/** The manager's own transport, and one for each service account that a controller works as. */
function transports(
  server: HttpsTransportOptions,
  { clock }: ReturnType<typeof platform>,
  stack: AsyncDisposableStack,
): TransportSource {
  const own = stack.use(httpsTransport({ ...server, userAgent: 'kube-controller-manager' }))
  const ofAccounts = stack.use(new DisposableStack())
  const accounts = new Map<string, Transport>()
  const client = createClient(own)
  const ofAccount = (account: string): Transport => {
    const known = accounts.get(account)
    if (known) return known
    const credentials = accountCredentials({ client, clock, account })
    const made = ofAccounts.use(
      httpsTransport({ ...server, credentials, userAgent: 'kube-controller-manager' }),
    )
    accounts.set(account, made)
    return made
  }
  return {
    transportFor(user: UserInfo) {
      const account = accountOf(user)
      return account === undefined ? own : ofAccount(account)
    },
  }
}
