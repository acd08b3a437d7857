import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cniConfiguration, LINK_NAME_BYTES_MAX, type PodNetwork } from './conflist.ts'
import { removeHostPorts } from './host-ports.node.ts'

const CONFIGURATION_FILE = '10-trierarch.conflist'
const RESULTS_DIR = '/var/lib/cni/results' // Where libcni keeps what plugins answered; nothing moves it.
const execute = promisify(execFile)

/**
 * Makes the node forward between Pods and writes the CNI configuration, at once as seen from the runtime, which
 * watches the directory. Doing it again with another network replaces it.
 */
export async function setUpPodNetwork(
  network: PodNetwork,
  configurationDir: string,
): Promise<void> {
  const configuration = `${JSON.stringify(cniConfiguration(network), null, 2)}\n`
  await setKernelParameters(network)
  await mkdir(network.stateDir, { recursive: true })
  await mkdir(configurationDir, { recursive: true })
  const file = join(configurationDir, CONFIGURATION_FILE)
  if ((await contentOf(file)) === configuration) return
  await writeFile(`${file}.new`, configuration) // The runtime reads names that end in conf, conflist and json only.
  await rename(`${file}.new`, file)
}

/** Removes what the network left on the machine: the bridge with what is plugged in, configuration and addresses. */
export async function tearDownPodNetwork(
  network: Pick<PodNetwork, 'name' | 'bridge' | 'stateDir' | 'hostPorts'>,
  configurationDir: string,
): Promise<void> {
  await rm(join(configurationDir, CONFIGURATION_FILE), { force: true })
  const made = [...(await portsOf(network.bridge)), ...(await bandwidthLinks(network.name))]
  for (const link of [...made, network.bridge]) await removeLink(link)
  await rm(join(network.stateDir, network.name), { recursive: true, force: true })
  await removeResults(network.name)
  if (network.hostPorts === 'portmap') await removeHostPorts(network.name)
}

// Named `NETWORK-SANDBOX-INTERFACE`, and the loopback's `cni-loopback-SANDBOX-lo`.
async function resultsOf(
  network: string,
): Promise<readonly { readonly result: string; readonly sandbox: string }[]> {
  const results = (await entriesOf(RESULTS_DIR)).filter((name) => name.startsWith(`${network}-`))
  return results.map((result) => ({
    result,
    sandbox: result.slice(network.length + 1, result.lastIndexOf('-')),
  }))
}

/** The interfaces by which the bandwidth plugin slows down what Pods send, by the names that it gives them. */
async function bandwidthLinks(network: string): Promise<readonly string[]> {
  const names = (await resultsOf(network)).map(({ sandbox }) => {
    const digest = createHash('sha512').update(`${network}${sandbox}`).digest('hex')
    return `bwp${digest}`.slice(0, LINK_NAME_BYTES_MAX)
  })
  const present = new Set((await links()).map(({ ifname }) => ifname))
  return names.filter((name) => present.has(name))
}

async function removeResults(network: string): Promise<void> {
  for (const { result, sandbox } of await resultsOf(network)) {
    await rm(join(RESULTS_DIR, result), { force: true })
    await rm(join(RESULTS_DIR, `cni-loopback-${sandbox}-lo`), { force: true })
  }
}

async function setKernelParameters({ podCIDRs }: PodNetwork): Promise<void> {
  await writeParameter('net/ipv4/ip_forward', '1')
  if (podCIDRs.some((cidr) => cidr.includes(':'))) {
    await keepRouters()
    await writeParameter('net/ipv6/conf/all/forwarding', '1')
  }
  // Traffic from a Pod to another on the same bridge must meet the rules for Services too.
  await loadBridgeFilter()
  await writeParameter('net/bridge/bridge-nf-call-iptables', '1')
  await writeParameter('net/bridge/bridge-nf-call-ip6tables', '1')
}

const IPV6_LINKS = 'net/ipv6/conf'

/** A machine that forwards listens to routers only where it is told to, and would lose the way out that they tell. */
async function keepRouters(): Promise<void> {
  for (const link of await entriesOf(join('/proc/sys', IPV6_LINKS))) {
    const parameter = join(IPV6_LINKS, link, 'accept_ra')
    if ((await contentOf(join('/proc/sys', parameter)))?.trim() === '1')
      await writeParameter(parameter, '2')
  }
}

async function loadBridgeFilter(): Promise<void> {
  if ((await contentOf('/proc/sys/net/bridge/bridge-nf-call-iptables')) !== undefined) return
  await execute('modprobe', ['br_netfilter']).catch(() => undefined) // Built in, or this kernel has none.
}

async function writeParameter(name: string, value: string): Promise<void> {
  const file = join('/proc/sys', name)
  const current = await contentOf(file)
  if (current !== undefined && current.trim() !== value) await writeFile(file, value)
}

interface Link {
  readonly ifname: string
  /** The bridge that it is plugged into. */
  readonly master?: string
}

// Asked of the kernel, since /sys may be that of another network namespace than ours.
async function links(): Promise<readonly Link[]> {
  const said = await orMissing(execute('ip', ['-json', 'link']))
  return said ? (JSON.parse(said.stdout) as readonly Link[]) : []
}

async function portsOf(bridge: string): Promise<readonly string[]> {
  return (await links()).filter(({ master }) => master === bridge).map(({ ifname }) => ifname)
}

async function removeLink(name: string): Promise<void> {
  if (!(await hasLink(name))) return
  try {
    await execute('ip', ['link', 'delete', name])
  } catch (error) {
    // One end of a pair goes away by itself when the kernel gets to the other's namespace.
    if (await hasLink(name)) throw error
  }
}

async function hasLink(name: string): Promise<boolean> {
  return (await links()).some(({ ifname }) => ifname === name)
}

async function contentOf(file: string): Promise<string | undefined> {
  return orMissing(readFile(file, 'utf8'))
}

async function entriesOf(directory: string): Promise<readonly string[]> {
  return (await orMissing(readdir(directory))) ?? []
}

async function orMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
