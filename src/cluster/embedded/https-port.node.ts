import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import type { Logger } from '../../base/logger.ts'
import type { ApiServer } from '../../apiserver/api-server.ts'
import type { UserInfo } from '../../apiserver/authentication/authenticator.ts'
import type { Backends } from '../../apiserver/connect/backends.ts'
import { nodeBackends } from '../../apiserver/connect/backends.node.ts'
import { discoveryRoutes } from '../../apiserver/discovery/routes.ts'
import { nodePlatform } from '../../apiserver/node-platform.node.ts'
import { openApiRoutes } from '../../apiserver/openapi/routes.ts'
import { tablePrinters } from '../../apiserver/tables/printers.ts'
import { authorityFromPem, issueCertificate } from '../../pki/authority.ts'
import { renewPki } from '../../pki/cluster-pki.ts'
import { kubeconfigYaml } from '../../pki/kubeconfig.ts'
import { privateKeyToPem } from '../../pki/keys.ts'
import { encodePem } from '../../pki/pem.ts'
import type { Credential, PkiFiles } from '../../pki/pki-files.ts'
import { respondGzipped } from '../../serving/gzip.node.ts'
import type { HttpHandler } from '../../serving/exchange.ts'
import { serveTls } from '../../serving/tls-server.node.ts'
import { backendIdentities } from '../backend-identities.ts'
import type { ClusterClock } from './cluster-clock.ts'

export interface HttpsPortOptions {
  readonly api: () => ApiServer
  readonly clock: ClusterClock
  readonly keys: PkiFiles
  readonly logger: Logger
}

/** The door of an embedded cluster to clients elsewhere: HTTPS on a free port of loopback. */
export interface HttpsPort extends AsyncDisposable {
  readonly server: string
  /** A kubeconfig with a certificate of the cluster's authority for this user. */
  kubeconfig(user: UserInfo): string
}

const HOST = '127.0.0.1'
const DAY_MS = 86_400_000

/** Opens the port. Real connections need the machine's own clock and keys, whatever those of the cluster are. */
export async function openHttpsPort(options: HttpsPortOptions): Promise<HttpsPort> {
  const crypto = nodeCrypto()
  const { pki } = renewPki(options.keys, { crypto, clock: systemClock })
  await using stack = new AsyncDisposableStack()
  const backends = stack.use(nodeBackends(backendIdentities(pki)))
  const tls = stack.use(
    await serveTls({
      clock: systemClock,
      logger: options.logger,
      hosts: [HOST],
      port: 0,
      credentials: { ...pki.apiServer, clientAuthorities: { client: pki.ca.certPem } },
      handler: httpHandler(options, backends),
    }),
  )
  const server = `https://${HOST}:${tls.port}`
  const owned = stack.move()
  return {
    server,
    kubeconfig(user) {
      const { certPem, keyPem } = issueFor(user, pki.ca)
      return kubeconfigYaml({
        server,
        caPem: pki.ca.certPem,
        clientCertPem: certPem,
        clientKeyPem: keyPem,
        cluster: 'trierarch',
        user: user.name,
        context: 'trierarch',
      })
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Requests go to the API server that runs now, which is given what it takes to answer them all. */
function httpHandler({ api, clock }: HttpsPortOptions, backends: Backends): HttpHandler {
  const platform = nodePlatform({ ownProcess: false })
  const crypto = nodeCrypto()
  let made: { readonly api: ApiServer; readonly handle: HttpHandler } | undefined
  return (exchange) => {
    const current = api()
    made =
      made?.api === current
        ? made
        : {
            api: current,
            handle: current.front({
              ...platform.options,
              backends,
              routes: (registry) => [
                ...platform.routes,
                ...discoveryRoutes(registry, crypto),
                ...openApiRoutes(registry, {
                  ...platform.options,
                  crypto,
                  clock: systemClock,
                  respond: respondGzipped,
                }),
              ],
              tables: tablePrinters(clock),
            }),
          }
    return made.handle(exchange)
  }
}

function issueFor({ name, groups }: UserInfo, ca: Credential): Credential {
  const crypto = nodeCrypto()
  const { publicKey, privateKey } = crypto.generateKeyPair('ES256')
  const now = systemClock.now()
  const certificate = issueCertificate(crypto, authorityFromPem(ca), {
    subject: { commonName: name, organizations: groups },
    publicKey,
    usages: ['client'],
    notBeforeMs: now - DAY_MS,
    notAfterMs: now + 365 * DAY_MS,
  })
  return {
    certPem: encodePem('CERTIFICATE', certificate.raw),
    keyPem: privateKeyToPem(privateKey),
  }
}
