import { after, before } from 'node:test'
import { randomInt } from '../../../src/base/random.ts'
import { systemRandom } from '../../../src/base/random.node.ts'
import type { Pod } from '../../../src/api/core/v1/pod.ts'
import type { Input } from '../../../src/schema/message.ts'
import { output, type RunOptions } from '../../e2e/programs.node.ts'
import { shellPod } from '../../e2e/shell-pod.ts'
import { scratchFile, testCluster, type TestCluster } from '../../e2e/test-cluster.node.ts'
import { busyboxArchive } from '../../images/busybox-archive.node.ts'
import { peer, type TestPod } from '../../network/pod-network.node.ts'

/** A cluster with one real node on a machine of its own; its Pods are reached through their network namespaces. */
export interface NetworkSuite {
  readonly cluster: TestCluster
  /** An archive of what its Pods run. */
  readonly image: string
  /** The node itself, and a machine outside of the cluster. */
  readonly node: TestPod
  readonly outside: TestPod
  /** Creates Pods that only wait, and answers once they are ready. */
  readonly pods: (...pods: readonly Input<Pod>[]) => Promise<readonly TestPod[]>
  /** What a program with a usual resolver finds under a name in a Pod: lines of addresses; empty where nothing. */
  readonly lookUp: (pod: string, at: TestPod, host: string) => Promise<string>
  readonly kubectl: (line: string, options?: RunOptions) => Promise<string>
}

export interface NetworkSuiteOptions {
  /** Which addresses Pods, the node and Services have. */
  readonly families?: 'IPv4' | 'IPv6' | 'both'
}

export function networkSuite(options: NetworkSuiteOptions = {}): () => NetworkSuite {
  let suite: NetworkSuite | undefined
  const stack = new AsyncDisposableStack()
  before(async () => {
    suite = await start(options, stack)
  })
  after(() => stack.disposeAsync())
  return () => suite!
}

async function start(
  { families = 'IPv4' }: NetworkSuiteOptions,
  stack: AsyncDisposableStack,
): Promise<NetworkSuite> {
  const cluster = stack.use(await testCluster({ isIPv6: families === 'IPv6' }))
  const { machine, kubectl } = cluster
  if (families === 'both')
    await output(machine.inside(['ip', 'address', 'add', NODE_6, 'dev', 'eth0', 'nodad']))
  const ranges = rangesOf(families)
  // Other machines can join the one of IPv6.
  const listen = families === 'IPv6' ? `[${machine.address}]:6443` : '127.0.0.1:0'
  const flags = [`--listen=${listen}`, '--node=containerd', ...ranges]
  await cluster.trierarch('up', ...flags, '--detach')
  const archive = await busyboxArchive({ name: 'docker.io/library/busybox:1.37' })
  const image = await scratchFile(cluster, 'busybox.tar', archive)
  await cluster.trierarch('image', 'load', image)
  const servers = stack.use(new AsyncDisposableStack())
  const at = (ip: string, inside: TestPod['inside'], ip6 = ''): TestPod =>
    peer({ ip, ip6 }, inside, servers)
  return {
    cluster,
    image,
    kubectl,
    node: at(machine.address, machine.inside),
    outside: at('', (command) => command),
    async pods(...pods) {
      await cluster.apply(...pods)
      return Promise.all(
        pods.map(async ({ metadata }) => {
          await kubectl(`wait --for=condition=Ready pod/${metadata!.name} --timeout=180s`)
          const ips = await kubectl(`get pod ${metadata!.name} -o jsonpath={.status.podIPs[*].ip}`)
          const [ip = '', ip6] = ips.split(' ')
          const namespace = await output(['sh', '-c', FIND_NAMESPACE, 'sh', ip])
          return at(ip, (command) => ['nsenter', `--net=${namespace}`, '--', ...command], ip6)
        }),
      )
    },
    async lookUp(pod, { inside }, host) {
      const configuration = await kubectl(`exec ${pod} -- cat /etc/resolv.conf`)
      const file = await scratchFile(cluster, `resolv-${pod}`, `${configuration}\n`)
      return output(inside(['unshare', '-m', 'sh', '-c', LOOK_UP, 'sh', file, host]))
    },
  }
}

const [FIRST, COUNT] = [100, 100]
const [PODS_6, SERVICES_6, NODE_6] = ['fd00:244::/56', 'fd00:96::/112', 'fd00:18::2/64']

/** Pods are told apart by their addresses, also from those of other clusters on this machine. */
function rangesOf(families: Required<NetworkSuiteOptions>['families']): readonly string[] {
  const number = FIRST + randomInt(systemRandom, COUNT)
  const pods = `10.${number}.0.0/16`
  const ranges = {
    IPv4: [pods, '10.96.0.0/16'],
    IPv6: [`fd00:245:${number}::/56`, SERVICES_6],
    both: [`${pods},${PODS_6}`, `10.96.0.0/16,${SERVICES_6}`],
  }
  const [ofPods, ofServices] = ranges[families]
  return [`--cluster-cidr=${ofPods}`, `--service-cluster-ip-range=${ofServices}`]
}

// By the oldest process of each namespace, which in a Pod's lives as long as it does: where a runtime mounts the namespace
// itself is its own affair.
const FIND_NAMESPACE = `seen=
for each in $(ps -e -o pid= --sort=start_time); do
  net=/proc/$each/ns/net
  id=$(readlink $net) || continue
  case "$seen" in *"$id"*) continue;; esac
  seen="$seen $id"
  nsenter --net=$net ip -o address 2>/dev/null | grep -q " $1/" && echo $net && break
done`
const LOOK_UP =
  'mount --bind "$1" /etc/resolv.conf && getent ahostsv4 "$2" | cut -d " " -f 1 | sort -u'

/** A Pod that waits, labelled with its own name as `name` and with a group as `app`. */
export function waiting(
  name: string,
  app = name,
  spec: Parameters<typeof shellPod>[1] = {},
): Input<Pod> {
  const pod = shellPod(name, spec)
  return { ...pod, metadata: { ...pod.metadata, labels: { name, app } } }
}

/** A Service of the Pods labelled `app`, with the port 80 that leads to their 8080, where its spec says no other. */
export function serviceOf(app: string, spec: object = {}, name = app): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
  }
}
