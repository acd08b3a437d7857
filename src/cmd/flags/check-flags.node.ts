import { parseCidr, parseIp } from '../../api/validation/ip.ts'
import { isEverywhere, isLoopback } from '../../base/host-and-port.ts'
import { familyOfRange } from '../../cluster/node-address.node.ts'
import { nodeRanges } from '../../controllers/node-ipam/ranges.ts'
import { PRIMARY } from '../../proxy/node-port-addresses.ts'
import { checkAdmissionFlags } from '../settings/admission.node.ts'
import { checkApiFlags } from './api-flags.node.ts'
import type { DataDirectory } from '../data-directory.node.ts'
import { datastoreOf, parseHistory } from '../settings/datastore.node.ts'
import { parseListen, propertyOf, type ClusterFlags, type NodeFlags } from './flags.node.ts'
import { SERVER_FLAGS } from './server-flags.ts'
import { wrong } from './values.ts'

/** Finds out whether the flags can be used, before anything starts or is remembered. Throws `UserError`. */
export async function checkFlags(flags: ClusterFlags, directory: DataDirectory): Promise<void> {
  await checkApiFlags(flags)
  await checkControllers(flags)
  datastoreOf(flags, directory)
  parseHistory(flags.history)
  await checkAdmissionFlags(flags)
  await checkRare(flags)
  const { serviceClusterIpRange: services, clusterCidr: pods } = flags
  if (!areRanges(services))
    throw wrong(
      `--service-cluster-ip-range ${services} is no range: give for example 10.96.0.0/16.`,
    )
  if (!areRanges(pods)) {
    throw wrong(
      `--cluster-cidr ${pods} is no range, nor one of each family: give for example 10.244.0.0/16 or 10.244.0.0/16,fd00:10:244::/56.`,
    )
  }
  checkNodeRanges(pods)
  checkFamilies(flags)
  checkNodeFlags(flags)
}

/** The same for how a node of real containers runs them. */
export function checkNodeFlags(flags: NodeFlags): void {
  checkNodePortAddresses(flags)
  const { podNetwork, cniConfDir, cniBinDir } = flags
  if (podNetwork === 'none' || (cniConfDir ?? cniBinDir) === undefined) return
  throw wrong(
    '--cni-conf-dir and --cni-bin-dir are for plugins of your own: give --pod-network none too.',
  )
}

/** Ranges, or `primary` alone. */
export function checkNodePortAddresses({
  nodeportAddresses,
}: Pick<NodeFlags, 'nodeportAddresses'>): void {
  if (nodeportAddresses === PRIMARY) return
  const bad = nodeportAddresses?.split(',').find((range) => !parseCidr(range))
  if (bad !== undefined) throw wrong(`--nodeport-addresses: ${bad} is no range of addresses.`)
}

/** Pods, Services and what Pods reach the API server at are of one family, or of both with the same one first. */
function checkFamilies({
  listen,
  clusterCidr: pods,
  serviceClusterIpRange: services,
}: ClusterFlags): void {
  const [family, ofServices] = [familyOfRange(pods), familyOfRange(services)]
  if (family !== ofServices) {
    throw wrong(
      `--cluster-cidr ${pods} begins with ${family}, --service-cluster-ip-range ${services} with ${ofServices}: begin both with the same.`,
    )
  }
  const { host, port } = parseListen(listen)
  const ofHost = parseIp(host)?.family
  if (ofHost !== undefined && ofHost !== family && !isLoopback(host) && !isEverywhere(host)) {
    throw wrong(
      `--listen ${listen} is of ${ofHost}: Pods of ${family} cannot reach it; give an address of ${family}, or [::]:${port} for all.`,
    )
  }
}

/** Simulated nodes and their Pods have addresses of IPv4 first. Throws `UserError` where those of the cluster are others. */
export function checkSimulated({ clusterCidr }: Pick<ClusterFlags, 'clusterCidr'>): void {
  if (familyOfRange(clusterCidr) === 'IPv4') return
  throw wrong(
    `--cluster-cidr ${clusterCidr} is for nodes with real containers: simulated ones have addresses of IPv4.`,
  )
}

function checkNodeRanges(clusterCIDRs: string): void {
  try {
    clusterCIDRs.split(',').forEach(nodeRanges)
  } catch (error) {
    if (error instanceof RangeError) throw wrong(`--cluster-cidr: ${error.message}.`)
    throw error
  }
}

/** What is seldom given takes much to be read, so that it is loaded only then. */
async function checkRare(flags: ClusterFlags): Promise<void> {
  const { stages, schedulerConfig, kubeletConfig, imageCredentialProviderConfig } = flags
  if (SERVER_FLAGS.some(({ name }) => flags[propertyOf(name)] !== undefined))
    (await import('../settings/server-choice.node.ts')).serverChoice(flags)
  if (stages !== undefined) (await import('../settings/stages.node.ts')).stagesOf(flags)
  if (schedulerConfig !== undefined) {
    const { schedulerChoice } = await import('../settings/scheduler-config.node.ts')
    schedulerChoice('--scheduler-config', schedulerConfig)
  }
  if (kubeletConfig !== undefined)
    (await import('../settings/kubelet-config.node.ts')).kubeletChoice(kubeletConfig)
  if (imageCredentialProviderConfig !== undefined) {
    const { checkCredentialProviders } = await import('../settings/kubelet-config.node.ts')
    checkCredentialProviders(imageCredentialProviderConfig)
  }
}

/** One range, or one of each family. */
function areRanges(text: string): boolean {
  const ranges = text.split(',').map(parseCidr)
  const families = new Set(ranges.map((range) => range?.family))
  return families.size === ranges.length && !families.has(undefined)
}

async function checkControllers({ controllers }: ClusterFlags): Promise<void> {
  if (controllers === '*') return
  const { selectControllers, UnknownControllerError } = await import('../../controllers/index.ts')
  try {
    selectControllers(controllers.split(','))
  } catch (error) {
    if (error instanceof UnknownControllerError) throw wrong(`--controllers: ${error.message}.`)
    throw error
  }
}
