import {
  mkdir,
  readFile,
  readdir,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'

const LINK = 'root' // In the node's directory, to where its Pods' files are.
const MARK = '.trierarch' // In there, says whose they are.
const OF_OTHERS = ['config.yaml', 'kubeconfig', 'pki'] // Of upstream's kubelet.

/** Where the files of a node's Pods and the sockets of its plugins are: in its own directory, unless elsewhere. */
export async function rootDirectory(dataDir: string): Promise<string> {
  return readlink(join(dataDir, LINK)).catch(() => dataDir)
}

/**
 * Has them in `rootDir` from now on, as `/var/lib/kubelet`, where drivers and plugins made for other distributions look
 * for them. Throws where somebody else uses it, or Pods have files where they were before.
 */
export async function useRootDirectory(dataDir: string, rootDir: string): Promise<string> {
  await mkdir(rootDir, { recursive: true })
  const root = await realpath(rootDir)
  const before = await rootDirectory(dataDir)
  if (root === before) return root
  const names = await readdir(root)
  const owner = await readFile(join(root, MARK), 'utf8').catch(() => undefined)
  if (owner === undefined ? OF_OTHERS.some((name) => names.includes(name)) : owner !== dataDir)
    throw new Error(
      `Cannot keep the files of Pods in ${root}: another node agent does; choose another directory with --root-dir.`,
    )
  const pods = await readdir(join(before, 'pods')).catch(() => [])
  if (pods.length > 0)
    throw new Error(
      `Cannot keep the files of Pods in ${root}: there are Pods in ${before}; stop the cluster with \`trierarch down\` first.`,
    )
  await writeFile(join(root, MARK), dataDir)
  await leaveRootDirectory(dataDir)
  await symlink(root, join(dataDir, LINK))
  return root
}

/** Lets others use it. What is in it stays. */
export async function leaveRootDirectory(dataDir: string): Promise<void> {
  const root = await rootDirectory(dataDir)
  if (root === dataDir) return
  await rm(join(root, MARK), { force: true })
  await rm(join(dataDir, LINK), { force: true })
}
