import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pinoLogger } from '../../base/logger.node.ts'
import { startControlPlane } from '../../cluster/control-plane.node.ts'
import { writeKubeconfig } from '../../pki/kubeconfig-file.node.ts'
import { accessOf } from '../settings/access.node.ts'
import { admissionOf } from '../settings/admission.node.ts'
import { apiChoice } from '../flags/api-flags.node.ts'
import { auditOf } from '../settings/audit.node.ts'
import { machinePki, startCertificateRenewal } from '../certs/certs-renewal.node.ts'
import { type DataDirectory, dataDirectory, prepareDataDirectory } from '../data-directory.node.ts'
import { openDatastore } from '../settings/datastore.node.ts'
import { encryptionOf } from '../settings/encryption.node.ts'
import { parseListen, resolveFlags } from '../flags/flags.node.ts'
import { serverChoice, tracingOf } from '../settings/server-choice.node.ts'
import { snapshotRoutes } from '../snapshot-route.node.ts'
import { untilStopped } from './component.node.ts'

export type ApiServerFlags = { readonly dataDir: string } & Readonly<
  Record<string, string | undefined>
>

const COMPONENTS = ['controller-manager', 'scheduler', 'proxy'] as const

/**
 * `trierarch apiserver`: the API server alone. Writes a kubeconfig for each of the other components into its data
 * directory, as `COMPONENT.kubeconfig`.
 */
export function apiServer(given: ApiServerFlags): Promise<void> {
  return untilStopped(async () => {
    const directory = dataDirectory(given.dataDir)
    prepareDataDirectory(directory)
    const flags = resolveFlags(given, directory)
    await using stack = new AsyncDisposableStack()
    const store = stack.use(await openDatastore(flags, directory))
    const audit = stack.adopt(await auditOf(flags), (each) => each?.[Symbol.asyncDispose]())
    const encryption = stack.adopt(await encryptionOf(flags, directory), (each) =>
      each?.[Symbol.dispose](),
    )
    const { host, port } = parseListen(flags.listen)
    const traced = await tracingOf(flags)
    if (traced) stack.use(traced.exporter)
    const access = stack.use(await accessOf(flags))
    const controlPlane = stack.use(
      await startControlPlane({
        ...apiChoice(flags),
        ...(encryption && { encryption }),
        access,
        ...(flags.clientCaFile !== undefined && { clientCaFile: flags.clientCaFile }),
        serving: { ...serverChoice(flags), ...(traced && { tracing: traced.tracing }) },
        ...(audit && { audit }),
        plugins: await admissionOf(flags),
        store,
        pkiDirectory: directory.pki,
        kubeconfig: directory.kubeconfig,
        host,
        port,
        serviceRange: flags.serviceClusterIpRange,
        clusterCIDR: flags.clusterCidr,
        node: 'none',
        nodes: 0,
        isApiOnly: true,
        logger: pinoLogger(),
        routes: snapshotRoutes(store),
        onStep: () => undefined,
      }),
    )
    const { server, renewAtMs } = controlPlane
    const writeKubeconfigs = async (): Promise<void> => {
      for (const name of COMPONENTS) await writeComponentKubeconfig(name, directory, server)
    }
    await writeKubeconfigs()
    stack.use(
      startCertificateRenewal({
        directory,
        pki: machinePki(directory, flags, 'none'),
        server,
        renewAtMs,
        async use({ files }) {
          await writeKubeconfigs()
          await controlPlane.setCertificates(files)
        },
      }),
    )
    process.stdout.write(`Serving the API on ${server}.\n`)
    return stack.move()
  })
}

async function writeComponentKubeconfig(
  name: string,
  { path, pki }: DataDirectory,
  server: string,
): Promise<void> {
  const read = (file: string): string => readFileSync(join(pki, file), 'utf8')
  await writeKubeconfig(join(path, `${name}.kubeconfig`), {
    server,
    caPem: read('ca.crt'),
    clientCertPem: read(`${name}.crt`),
    clientKeyPem: read(`${name}.key`),
    cluster: 'trierarch',
    user: name,
    context: 'trierarch',
  })
}
