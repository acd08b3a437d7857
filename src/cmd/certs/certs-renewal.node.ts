import { systemClock } from '../../base/clock.node.ts'
import { pinoLogger } from '../../base/logger.node.ts'
import type { MachinePki } from '../../cluster/cluster-pki.node.ts'
import type { EnsuredPki } from '../../pki/ensure-pki.node.ts'
import { keepRenewed } from '../../pki/keep-renewed.ts'
import type { DataDirectory } from '../data-directory.node.ts'
import { parseListen, type ClusterFlags } from '../flags/flags.node.ts'

export interface CertificateRenewalOptions {
  readonly directory: DataDirectory
  readonly pki: MachinePki
  /** The API server's URL. */
  readonly server: string
  readonly renewAtMs: number
  /** Makes use of certificates that have been renewed. */
  readonly use: (pki: EnsuredPki) => void | Promise<void>
}

/** Upon which a process looks whether its certificates have been changed: `trierarch certs rotate` sends it. */
export const CERTIFICATES_CHANGED = 'SIGUSR2'

/**
 * Renews the certificates of a cluster while it runs, and the kubeconfigs that hold them. Belongs into a process that may
 * still write them. Its parts are loaded when they are needed first, which is months later.
 */
export function startCertificateRenewal(options: CertificateRenewalOptions): AsyncDisposable {
  const renewing = keepRenewed({
    clock: systemClock,
    logger: pinoLogger(),
    renewAtMs: options.renewAtMs,
    async renew() {
      const { ensureClusterPki, writeAdminKubeconfig } =
        await import('../../cluster/cluster-pki.node.ts')
      const pki = await ensureClusterPki(options.pki)
      await writeAdminKubeconfig(options.directory.kubeconfig, pki, options.server)
      const { renewMergedKubeconfigs } = await import('./certs-kubeconfigs.node.ts')
      await renewMergedKubeconfigs(options.directory)
      await options.use(pki)
      return pki
    },
  })
  const onSignal = (): void => void renewing.renewNow()
  process.on(CERTIFICATES_CHANGED, onSignal)
  return {
    async [Symbol.asyncDispose]() {
      process.off(CERTIFICATES_CHANGED, onSignal)
      await renewing[Symbol.asyncDispose]()
    },
  }
}

/** What the certificates of a cluster with these flags depend on. */
export function machinePki(
  directory: DataDirectory,
  flags: Pick<ClusterFlags, 'listen' | 'serviceClusterIpRange' | 'clusterCidr'>,
  node: MachinePki['node'],
): MachinePki {
  return {
    pkiDirectory: directory.pki,
    host: parseListen(flags.listen).host,
    node,
    serviceRange: flags.serviceClusterIpRange,
    clusterCIDR: flags.clusterCidr,
  }
}
