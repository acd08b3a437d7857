import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'

const DIRECTORIES = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni']
const NEEDED = ['bridge', 'host-local', 'loopback']

/** The CNI plugins are not on this machine; the message is one sentence for the user. */
export class CniPluginsMissingError extends Error {
  override readonly name = 'CniPluginsMissingError'
}

/**
 * The directory that holds the CNI reference plugins, as the specification and the distributions place it. Throws a
 * `CniPluginsMissingError`.
 */
export async function findCniPlugins(
  directories: readonly string[] = DIRECTORIES,
): Promise<string> {
  for (const directory of directories) {
    const present = await Promise.all(NEEDED.map((name) => isExecutable(join(directory, name))))
    if (present.every(Boolean)) return directory
  }
  throw new CniPluginsMissingError(
    `Cannot set up Pod network: CNI plugins ${NEEDED.join(', ')} are not in ${directories.join(', ')}; install the package containernetworking-plugins`,
  )
}

/** Whether `hostPort` can be served by the portmap plugin: it and the iptables that it calls are there. */
export async function hasPortmap(pluginDir: string, path: string): Promise<boolean> {
  const iptables = await Promise.all(
    path.split(':').map((directory) => isExecutable(join(directory, 'iptables'))),
  )
  return iptables.includes(true) && (await isExecutable(join(pluginDir, 'portmap')))
}

/** Whether there is a plugin that limits the bandwidth of Pods. */
export function hasBandwidth(pluginDir: string): Promise<boolean> {
  return isExecutable(join(pluginDir, 'bandwidth'))
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return true
  } catch {
    return false // Missing, or not for us.
  }
}
