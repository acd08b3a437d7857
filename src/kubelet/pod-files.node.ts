import { mkdir, open, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Pod } from '../api/core/v1/pod.ts'
import { parseResolvConf } from './containers/dns-config.ts'
import type { ContainerStatus } from './cri/types.ts'
import type { PodFiles } from './pod-files.ts'
import { ANNOTATIONS } from './runtime/labels.ts'
import { lastLines } from './containers/log-tail.ts'

const MESSAGE_BYTES_MAX = 4096
const TAIL_BYTES_MAX = 2048
const TAIL_LINES_MAX = 80
const ENV_FILE_BYTES_MAX = 64 * 1024

/** Pods' files below a data directory, by the names that upstream's kubelet gives them. */
export function podFiles(dataDir: string): PodFiles {
  const podDir = (uid: string): string => join(dataDir, 'pods', uid)
  const logDir = ({ namespace, name, uid }: Identity): string =>
    join(dataDir, 'logs/pods', `${namespace}_${name}_${uid}`)

  return {
    seccompDir: join(dataDir, 'seccomp'),
    logDirectory: (pod) => logDir(identity(pod)),
    async prepare(pod) {
      await Promise.all([
        mkdir(podDir(pod.metadata.uid), { recursive: true, mode: 0o750 }),
        mkdir(logDir(identity(pod)), { recursive: true, mode: 0o755 }),
      ])
    },
    async prepareContainer(pod, name) {
      await mkdir(join(logDir(identity(pod)), name), { recursive: true, mode: 0o755 })
    },
    async writeHosts(pod, content) {
      const file = join(podDir(pod.metadata.uid), 'etc-hosts')
      await writeFile(file, content, { mode: 0o644 })
      return file
    },
    async makeTerminationLog(pod, name, attempt) {
      const directory = join(podDir(pod.metadata.uid), 'containers', name)
      await mkdir(directory, { recursive: true, mode: 0o750 })
      const file = join(directory, String(attempt))
      await writeFile(file, '', { mode: 0o666 })
      await chmodAll(file)
      return file
    },
    terminationMessage,
    removeLog: (logPath) => removeLog(logPath),
    async remove(pod) {
      await Promise.all([
        rm(podDir(pod.uid), { recursive: true, force: true }),
        rm(logDir(pod), { recursive: true, force: true }),
      ])
    },
    podUids: async () => entries(join(dataDir, 'pods')),
    readBelow,
    nodeHosts: () => readText('/etc/hosts'),
    nodeDns: async () => parseResolvConf(await readText('/etc/resolv.conf')),
  }
}

interface Identity {
  readonly uid: string
  readonly namespace: string
  readonly name: string
}

function identity({ metadata }: Pod): Identity {
  return { uid: metadata.uid, namespace: metadata.namespace, name: metadata.name }
}

// Whatever user the container runs as may write it; the umask has its say upon creation.
async function chmodAll(file: string): Promise<void> {
  await using handle = await open(file, 'r+')
  await handle.chmod(0o666)
}

async function terminationMessage(status: ContainerStatus): Promise<string> {
  const { annotations, mounts, exitCode, logPath, message } = status
  const path = annotations[ANNOTATIONS.terminationMessagePath]
  const file = mounts.find(({ containerPath }) => containerPath === path)?.hostPath
  const own = file === undefined ? '' : await readEnd(file, 0, MESSAGE_BYTES_MAX)
  if (own !== '') return own
  const usesLog =
    annotations[ANNOTATIONS.terminationMessagePolicy] === 'FallbackToLogsOnError' && exitCode !== 0
  if (!usesLog) return message
  const log = await readEnd(logPath, -4 * TAIL_BYTES_MAX, 4 * TAIL_BYTES_MAX)
  return lastLines(log, TAIL_LINES_MAX, TAIL_BYTES_MAX)
}

/** Up to `bytes` of a file from `from` on, which counts from its end where negative. */
async function readEnd(file: string, from: number, bytes: number): Promise<string> {
  try {
    await using handle = await open(file)
    const start = from < 0 ? Math.max(0, (await handle.stat()).size + from) : from
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, start)
    return buffer.toString('utf8', 0, bytesRead)
  } catch (error) {
    if (isMissing(error)) return ''
    throw error
  }
}

/** The log with what rotation left beside it. */
async function removeLog(logPath: string): Promise<void> {
  const directory = dirname(logPath)
  const name = logPath.slice(directory.length + 1)
  for (const entry of await entries(directory))
    if (entry === name || entry.startsWith(`${name}.`))
      await rm(join(directory, entry), { force: true })
}

async function entries(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function readBelow(directory: string, path: string): Promise<string | undefined> {
  try {
    const [root, file] = await Promise.all([realpath(directory), realpath(join(directory, path))])
    if (!file.startsWith(`${root}/`)) return undefined
    await using handle = await open(file)
    const { size } = await handle.stat()
    if (size > ENV_FILE_BYTES_MAX) throw new Error(`${path} is larger than 64 KiB`)
    return await handle.readFile('utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return ''
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
