import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { POD_RANGE } from '../../cluster/pod-ranges.ts'
import { ACCESS_FLAGS, type AccessFlags } from './access-flags.ts'
import { ADMISSION_FLAGS, type AdmissionFlags } from './admission-flags.ts'
import { AUDIT_FLAGS, type AuditFlags } from './audit-flags.ts'
import type { FlagDefinition } from './definition.ts'
import { type DataDirectory, readJson, writeJson } from '../data-directory.node.ts'
import { SERVER_FLAGS, type ServerFlags } from './server-flags.ts'
import { wholeNumber, wrong } from './values.ts'

/** How a node of real containers runs them. */
export interface NodeFlags {
  readonly podNetwork: 'builtin' | 'none'
  /** Where the user's CNI plugins are, and their configuration. */
  readonly cniConfDir?: string
  readonly cniBinDir?: string
  readonly proxyMode: 'nftables' | 'none'
  /** Ranges with commas between them, or `primary`. */
  readonly nodeportAddresses?: string
  readonly containerRuntimeEndpoint?: string
  /** Where Pods have their files and plugins their sockets. */
  readonly rootDir?: string
  /** A KubeletConfiguration. */
  readonly kubeletConfig?: string
  /** A CredentialProviderConfig. */
  readonly imageCredentialProviderConfig?: string
  readonly imageCredentialProviderBinDir?: string
}

/** The flags of `up` that the data directory remembers. */
export interface ClusterFlags
  extends AdmissionFlags, AuditFlags, AccessFlags, ServerFlags, NodeFlags {
  /** HOST:PORT; port 0 was replaced by the one that was picked. */
  readonly listen: string
  readonly datastore: string
  /** URLs of an etcd cluster's members, with commas; these win over `datastore`. */
  readonly etcdServers?: string
  readonly etcdCafile?: string
  readonly etcdCertfile?: string
  readonly etcdKeyfile?: string
  /** An EncryptionConfiguration. */
  readonly encryptionProviderConfig?: string
  /** `true`: it is followed. */
  readonly encryptionProviderConfigAutomaticReload?: string
  /** A KubeSchedulerConfiguration. */
  readonly schedulerConfig?: string
  readonly node: 'auto' | 'containerd' | 'simulated' | 'none'
  readonly nodes: number
  /** Stages, by which simulated objects go on. */
  readonly stages?: string
  readonly history: string
  readonly serviceClusterIpRange: string
  readonly clusterCidr: string
  readonly featureGates?: string
  readonly runtimeConfig?: string
  /** Separated by commas. */
  readonly controllers: string
}

const NODES_MAX = 999_999

export const DATA_DIR_FLAG: FlagDefinition = {
  name: 'data-dir',
  argument: 'DIR',
  help: 'all state, keys and logs of this cluster',
  default: join(homedir(), '.trierarch', 'default'),
}

/** How a node of real containers runs them. */
export const NODE_FLAGS: readonly FlagDefinition[] = [
  {
    name: 'pod-network',
    argument: 'MODE',
    help: 'builtin, or none: any CNI plugin that you install',
    default: 'builtin',
    choices: ['builtin', 'none'],
  },
  {
    name: 'cni-conf-dir',
    argument: 'DIR',
    help: 'where their configuration is then (default: /etc/cni/net.d)',
  },
  {
    name: 'cni-bin-dir',
    argument: 'DIR',
    help: 'and where they are (default: where the distribution has them)',
  },
  {
    name: 'proxy-mode',
    argument: 'MODE',
    help: 'nftables or none',
    default: 'nftables',
    choices: ['nftables', 'none'],
  },
  {
    name: 'nodeport-addresses',
    argument: 'CIDRS',
    help: "where node ports are open, or primary: the Node's own addresses (default: all but loopback)",
  },
  {
    name: 'container-runtime-endpoint',
    argument: 'SOCKET',
    help: 'a CRI runtime that exists, instead of a containerd of our own',
  },
  {
    name: 'root-dir',
    argument: 'DIR',
    help: "files of Pods and sockets of plugins: /var/lib/kubelet for drivers' own manifests",
  },
  {
    name: 'kubelet-config',
    argument: 'FILE',
    help: 'how the node agent works: a KubeletConfiguration',
  },
  {
    name: 'image-credential-provider-config',
    argument: 'FILE',
    help: 'programs that know credentials of registries: a CredentialProviderConfig',
  },
  {
    name: 'image-credential-provider-bin-dir',
    argument: 'DIR',
    help: 'where these programs are',
  },
]

const CLUSTER_FLAGS: readonly FlagDefinition[] = [
  {
    name: 'listen',
    argument: 'HOST:PORT',
    help: 'API server; port 0 picks a free one',
    default: '127.0.0.1:6443',
  },
  {
    name: 'datastore',
    argument: 'URL',
    help: 'sqlite, memory: or etcd://HOST:PORT[,…]',
    default: 'sqlite',
  },
  {
    name: 'etcd-servers',
    argument: 'URLS',
    help: 'http[s]://HOST:PORT[,…], as for kube-apiserver',
  },
  { name: 'etcd-cafile', argument: 'FILE', help: "whose certificates etcd's servers have" },
  { name: 'etcd-certfile', argument: 'FILE', help: 'our certificate for etcd' },
  { name: 'etcd-keyfile', argument: 'FILE', help: 'and its key' },
  {
    name: 'encryption-provider-config',
    argument: 'FILE',
    help: 'how which resources are encrypted at rest (default: Secrets, with a key of our own)',
  },
  {
    name: 'encryption-provider-config-automatic-reload',
    argument: 'BOOL',
    help: 'whether that file is read again when it changes',
    choices: ['true', 'false'],
  },
  {
    name: 'scheduler-config',
    argument: 'FILE',
    help: 'how Pods are scheduled: a KubeSchedulerConfiguration',
  },
  {
    name: 'node',
    argument: 'MODE',
    help: 'auto, containerd, simulated or none',
    default: 'auto',
    choices: ['auto', 'containerd', 'simulated', 'none'],
  },
  { name: 'nodes', argument: 'N', help: 'how many simulated nodes', default: '1' },
  {
    name: 'stages',
    argument: 'FILE',
    help: "how simulated Pods, nodes and others go on: kwok's Stages",
  },
  ...NODE_FLAGS,
  {
    name: 'history',
    argument: 'SPEC',
    help: 'how much of the past stays readable, e.g. 1h,1GiB',
    default: '5m',
  },
  {
    name: 'service-cluster-ip-range',
    argument: 'CIDR',
    help: 'the addresses of Services; one range of each family for dual stack, with a comma',
    default: '10.96.0.0/16',
  },
  {
    name: 'cluster-cidr',
    argument: 'CIDR',
    help: 'the addresses of Pods; one range of each family for dual stack, with a comma',
    default: POD_RANGE,
  },
  {
    name: 'feature-gates',
    argument: 'GATES',
    help: 'features of Kubernetes to switch on or off, e.g. AllBeta=true,ImageVolumeWithDigest=true',
  },
  {
    name: 'runtime-config',
    argument: 'APIS',
    help: 'APIs to switch on or off, e.g. api/beta=true,resource.k8s.io/v1beta1=true',
  },
  {
    name: 'controllers',
    argument: 'NAMES',
    help: 'the controllers to run: * is all of them, NAME one more, -NAME one less',
    default: '*',
  },
  ...SERVER_FLAGS,
  ...ACCESS_FLAGS,
  ...AUDIT_FLAGS,
  ...ADMISSION_FLAGS,
]

/** Adds the flags of `up` to a command. Their defaults are applied later, under what the data directory remembers. */
export function addClusterFlags(command: Command): Command {
  for (const flag of CLUSTER_FLAGS) addFlag(command, flag, { showDefault: true })
  return command
}

/** Adds one flag, which its environment variable (`TRIERARCH_…`) can set too. */
export function addFlag(
  command: Command,
  flag: FlagDefinition,
  { showDefault = false } = {},
): Command {
  const shown = showDefault && flag.default !== undefined ? ` (default: ${flag.default})` : ''
  const option = command
    .createOption(`--${flag.name} <${flag.argument}>`, flag.help + shown)
    .env(environmentName(flag.name))
  if (flag.choices) option.choices([...flag.choices])
  if (!showDefault && flag.default !== undefined) option.default(flag.default)
  return command.addOption(option)
}

function environmentName(flag: string): string {
  return `TRIERARCH_${flag.toUpperCase().replaceAll('-', '_')}`
}

/** What was given now, over what the data directory remembers, over the defaults. */
export function resolveFlags(
  given: Readonly<Record<string, string | undefined>>,
  directory: DataDirectory,
): ClusterFlags {
  const values = chosen(CLUSTER_FLAGS, given, { ...readJson<ClusterFlags>(directory.flags) })
  const flags = {
    ...values,
    nodes: wholeNumber('nodes', String(values['nodes']), NODES_MAX),
  } as unknown as ClusterFlags
  parseListen(flags.listen)
  return flags
}

/** The same for how a node of real containers runs them. */
export function resolveNodeFlags(
  given: Partial<NodeFlags>,
  remembered: Partial<NodeFlags> = {},
): NodeFlags {
  return chosen(NODE_FLAGS, given, remembered) as unknown as NodeFlags
}

type Value = string | number

function chosen(
  flags: readonly FlagDefinition[],
  given: Readonly<Record<string, Value | undefined>>,
  remembered: Readonly<Record<string, Value | undefined>> = {},
): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    flags.flatMap(({ name, argument, default: otherwise }) => {
      const key = propertyOf(name)
      const value = given[key] ?? remembered[key] ?? otherwise
      if (value === undefined) return []
      return [
        [key, ['FILE', 'DIR'].includes(argument) && value !== '-' ? resolve(String(value)) : value],
      ]
    }),
  )
}

/** The names of the flags that are not as the data directory remembers them. */
export function changedFlags(flags: ClusterFlags, directory: DataDirectory): readonly string[] {
  const before = readJson<ClusterFlags>(directory.flags) ?? flags
  const keyOf = ({ name }: FlagDefinition): keyof ClusterFlags => propertyOf(name)
  return CLUSTER_FLAGS.filter((flag) => flags[keyOf(flag)] !== before[keyOf(flag)])
    .map(({ name }) => name)
    .filter((name) => name !== 'listen' || !isAnyPort(flags.listen))
}

// Port 0 was picked once and is kept.
function isAnyPort(listen: string): boolean {
  return parseListen(listen).port === 0
}

/** `event-ttl` is the flag of the property `eventTtl`. */
export function propertyOf(name: string): keyof ClusterFlags {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase()) as keyof ClusterFlags
}

export async function rememberFlags(flags: ClusterFlags, directory: DataDirectory): Promise<void> {
  await writeJson(directory.flags, flags)
}

/** Splits what a flag says, HOST:PORT, with brackets around an IPv6 host. */
export function parseListen(listen: string, flag = 'listen'): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(listen)
  if (!match || Number(match[3]) > 65535) {
    throw wrong(`--${flag} ${listen} is not HOST:PORT: give for example 127.0.0.1:6443.`)
  }
  return { host: match[1] ?? match[2] ?? '', port: Number(match[3]) }
}
