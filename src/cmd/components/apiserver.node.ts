import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startControlPlane } from '../../cluster/control-plane.node.ts'
import { writeKubeconfig } from '../../pki/kubeconfig-file.node.ts'
import { machinePki, startCertificateRenewal } from '../certs/certs-renewal.node.ts'
import { type DataDirectory, dataDirectory, prepareDataDirectory } from '../data-directory.node.ts'
import { resolveFlags } from '../flags/flags.node.ts'
import { servingOptions } from '../settings/serving.node.ts'
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
    const controlPlane = stack.use(
      await startControlPlane({
        ...(await servingOptions(flags, { directory, stack })),
        node: 'none',
        nodes: 0,
        isApiOnly: true,
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
