import type { Command } from 'commander'
import { addClusterFlags, addFlag, DATA_DIR_FLAG } from '../flags/flags.node.ts'
import type { ApiServerFlags } from './apiserver.node.ts'
import type { ControllerManagerFlags } from './controller-manager.node.ts'
import type { DnsFlags } from './dns.node.ts'
import type { ProxyFlags } from './proxy.node.ts'
import type { SchedulerFlags } from './scheduler.node.ts'

const KUBECONFIG = ['--kubeconfig <FILE>', 'how to reach the API server, and as whom'] as const
const [CONTROLLER_MANAGER_PORT, SCHEDULER_PORT] = [10_257, 10_259] // Upstream's.
const LEADER_ELECT = ['--leader-elect [BOOL]', 'work only while elected', 'true'] as const

const METRICS_BIND = '--metrics-bind-address <HOST:PORT>'
const METRICS_HELP = "serves metrics; '' serves none"

/** Adds the commands that run one component, with flags named as upstream's. */
export function addComponents(program: Command): void {
  const apiServer = program.command('apiserver').description('the API server alone')
  addClusterFlags(addFlag(apiServer, DATA_DIR_FLAG)).action(async (flags: ApiServerFlags) =>
    (await import('./apiserver.node.ts')).apiServer(flags),
  )
  const scheduler = program
    .command('scheduler')
    .description('the scheduler alone')
    .requiredOption(...KUBECONFIG)
    .option(...LEADER_ELECT)
  addServingFlags(scheduler, SCHEDULER_PORT)
    .option('--config <FILE>', 'how Pods are scheduled: a KubeSchedulerConfiguration')
    .action(async (flags: SchedulerFlags) => (await import('./scheduler.node.ts')).scheduler(flags))
  addControllerManager(program)
  program
    .command('proxy')
    .description('the Service proxy of this machine alone')
    .requiredOption(...KUBECONFIG)
    .option('--cluster-cidr <CIDR>', 'the addresses of Pods')
    .option('--hostname-override <NAME>', "this node's name")
    .option('--nodeport-addresses <CIDRS>', 'as of up: ranges, or primary')
    .option('--healthz-bind-address <HOST:PORT>', "serves health; '' serves none", '0.0.0.0:10256')
    .option(METRICS_BIND, METRICS_HELP, '127.0.0.1:10249')
    .action(async (flags: ProxyFlags) => (await import('./proxy.node.ts')).proxy(flags))
  program
    .command('dns')
    .description("the cluster's DNS alone")
    .requiredOption(...KUBECONFIG)
    .option('--listen <HOST:PORT>', 'where to answer', '127.0.0.1:10053')
    .option('--cluster-domain <DOMAIN>', 'what names end with', 'cluster.local')
    .option(METRICS_BIND, `${METRICS_HELP}, and health`, '127.0.0.1:9153')
    .action(async (flags: DnsFlags) => (await import('./dns.node.ts')).dns(flags))
}

function addControllerManager(program: Command): void {
  const manager = program
    .command('controller-manager')
    .description('the controllers alone')
    .requiredOption(...KUBECONFIG)
    .requiredOption('--root-ca-file <FILE>', 'the authority that Pods are to trust')
    .requiredOption('--service-account-private-key-file <FILE>', 'signs tokens kept in Secrets')
    .requiredOption(
      '--cluster-signing-cert-file <FILE>',
      'the authority for requested certificates',
    )
    .requiredOption('--cluster-signing-key-file <FILE>', 'its key')
    .option('--controllers <LIST>', 'such as *,-ttl-controller', '*')
    .option('--cluster-cidr <CIDR>', 'the addresses of Pods', '10.244.0.0/16')
    .option(...LEADER_ELECT)
  addServingFlags(manager, CONTROLLER_MANAGER_PORT).action(async (flags: ControllerManagerFlags) =>
    (await import('./controller-manager.node.ts')).controllerManager(flags),
  )
}

/** Where a component serves its health and metrics, by upstream's names. */
function addServingFlags(command: Command, port: number): Command {
  return command
    .option('--secure-port <PORT>', 'serves health and metrics; 0 serves nothing', String(port))
    .option('--bind-address <ADDRESS>', 'the address to serve them on', '127.0.0.1')
    .option('--tls-cert-file <FILE>', 'its certificate; one of its own making otherwise')
    .option('--tls-private-key-file <FILE>', 'the key of --tls-cert-file')
}
