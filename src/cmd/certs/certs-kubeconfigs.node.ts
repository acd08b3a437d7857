import { resolve } from 'node:path'
import { pinoLogger } from '../../base/logger.node.ts'
import { renewKubeconfig } from '../../pki/kubeconfig-file.node.ts'
import { ADMIN_NAMES, adminCertificates } from '../cluster-access.node.ts'
import { type DataDirectory, readJson, writeJson } from '../data-directory.node.ts'

const FILES_MAX = 100

/** Remembers a kubeconfig that the cluster's context was merged into, so that its certificate is renewed too. */
export async function rememberKubeconfig(directory: DataDirectory, file: string): Promise<void> {
  const known = readJson<readonly string[]>(directory.kubeconfigs) ?? []
  const path = resolve(file)
  if (known.includes(path)) return
  await writeJson(directory.kubeconfigs, [...known, path].slice(-FILES_MAX))
}

/** Puts the admin's present certificate into all kubeconfigs that the context was merged into, and is still in. */
export async function renewMergedKubeconfigs(directory: DataDirectory): Promise<void> {
  const files = readJson<readonly string[]>(directory.kubeconfigs) ?? []
  if (files.length === 0) return
  const entry = { ...(await adminCertificates(directory)), ...ADMIN_NAMES }
  for (const file of files) {
    try {
      await renewKubeconfig(file, entry)
    } catch (error) {
      pinoLogger().warn('Cannot renew the certificate in a kubeconfig', { error: String(error) })
    }
  }
}
