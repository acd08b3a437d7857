import { randomInt } from '../../src/base/random.ts'
import { systemRandom } from '../../src/base/random.node.ts'
import { output, run, start } from '../e2e/programs.node.ts'

/** A node in a network namespace of its own, whose Pods are network namespaces on its bridge. */
export interface TestNode extends AsyncDisposable {
  /** The command that runs another one on the node. */
  readonly inside: (command: readonly string[]) => readonly string[]
  /** What a command there prints; it must succeed. */
  readonly outputOf: (command: readonly string[]) => Promise<string>
  /** Gives a script to nftables there; throws what nft says. */
  readonly nft: (script: string) => Promise<void>
  /** Adds a Pod with this last part of its address, `10.244.0.LAST` and `fd00:244::LAST`. */
  readonly addPod: (last: number) => Promise<TestPod>
  /** Adds a machine outside of the cluster, `192.0.2.2`, to which the node is `192.0.2.1`. */
  readonly addOutside: () => Promise<TestPod>
}

export interface TestPod {
  readonly ip: string
  readonly ip6: string
  readonly inside: (command: readonly string[]) => readonly string[]
  /** Echoes, over TCP or UDP, one line: `WORD`. Stops with the node. */
  readonly serve: (port: number, word: string, protocol?: Protocol) => Promise<void>
  /** What a server answers; empty where nobody does. */
  readonly ask: (address: string, port: number, protocol?: Protocol) => Promise<string>
}

export type Protocol = 'tcp' | 'udp'

export const NODE_IP = '10.244.0.1'
export const NODE_OUTSIDE_IP = '192.0.2.1'

const NEEDED = ['nft', 'ip', 'busybox']

/** Why such nodes cannot be made on this machine; false where they can. */
export async function whyNoNetworks(): Promise<string | false> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux'
  for (const program of NEEDED) {
    const { code } = await run(['sh', '-c', `command -v ${program}`])
    if (code !== 0) return `needs ${program}`
  }
  return false
}

export async function testNode(): Promise<TestNode> {
  const id = `trinet${randomInt(systemRandom, 1 << 20)}`
  await using stack = new AsyncDisposableStack()
  const inside = await namespace(id, stack)
  const ip = (line: string) => output(inside(['ip', ...line.split(' ')]))
  await ip('link add br0 type bridge')
  await ip(`address add ${NODE_IP}/24 dev br0`)
  await ip('address add fd00:244::1/64 dev br0 nodad')
  await ip('link set br0 up')
  const parameters = [
    'ipv4/ip_forward',
    'ipv6/conf/all/forwarding',
    'bridge/bridge-nf-call-iptables',
    'bridge/bridge-nf-call-ip6tables',
  ]
  await output(
    inside(['sh', '-c', parameters.map((each) => `echo 1 > /proc/sys/net/${each}`).join('; ')]),
  )

  const owned = stack.move()
  const connect = async (name: string, onNode: string): Promise<TestPod['inside']> => {
    const within = await namespace(name, owned)
    await ip(`link add ${onNode} type veth peer name eth0 netns ${name}`)
    await ip(`link set ${onNode} up`)
    await output(within(['ip', 'link', 'set', 'eth0', 'up']))
    return within
  }
  const configure = async (within: TestPod['inside'], lines: readonly string[]): Promise<void> => {
    for (const line of lines) await output(within(['ip', ...line.split(' ')]))
  }
  return {
    inside,
    outputOf: (command) => output(inside(command)),
    nft: async (script) => void (await output(inside(['nft', '-f', '-']), { input: script })),
    async addPod(last) {
      const within = await connect(`${id}p${last}`, `veth${last}`)
      await ip(`link set veth${last} master br0`)
      await ip(`link set veth${last} type bridge_slave hairpin on`)
      const [address, address6] = [`10.244.0.${last}`, `fd00:244::${last}`]
      await configure(within, [
        `address add ${address}/24 dev eth0`,
        `address add ${address6}/64 dev eth0 nodad`,
        `route add default via ${NODE_IP}`,
        '-6 route add default via fd00:244::1',
      ])
      return peer({ ip: address, ip6: address6 }, within, owned)
    },
    async addOutside() {
      const within = await connect(`${id}out`, 'outside')
      await ip(`address add ${NODE_OUTSIDE_IP}/24 dev outside`)
      await ip('address add fd00:192::1/64 dev outside nodad')
      await configure(within, [
        'address add 192.0.2.2/24 dev eth0',
        `route add default via ${NODE_OUTSIDE_IP}`,
      ])
      // The way out of the cluster: addresses of Services need one to be rejected or translated.
      await ip('route add default via 192.0.2.2')
      await ip('-6 route add default via fd00:192::2')
      return peer({ ip: '192.0.2.2', ip6: '' }, within, owned)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Makes a network namespace, which goes with the stack; answers with the command that runs another one in it. */
export async function namespace(
  name: string,
  stack: AsyncDisposableStack,
): Promise<TestPod['inside']> {
  await output(['ip', 'netns', 'add', name])
  stack.defer(async () => void (await run(['ip', 'netns', 'delete', name])))
  const inside = (command: readonly string[]): readonly string[] => [
    'nsenter',
    `--net=/run/netns/${name}`,
    '--',
    ...command,
  ]
  await output(inside(['ip', 'link', 'set', 'lo', 'up']))
  return inside
}

/** What can be done in a network namespace, by the command that enters it. Servers stop with the stack. */
export function peer(
  addresses: Pick<TestPod, 'ip' | 'ip6'>,
  inside: TestPod['inside'],
  stack: AsyncDisposableStack,
): TestPod {
  return {
    ...addresses,
    inside,
    async serve(port, word, protocol = 'tcp') {
      const server = stack.use(
        start(inside([process.execPath, PEER, 'serve', protocol, `${port}`, word])),
      )
      const ready = new Promise<void>((resolve) =>
        server.program.stdout.once('data', () => resolve()),
      )
      const failed = server.ended.then(() => {
        throw new Error(`Nobody can listen at port ${port}: ${server.printed()}`)
      })
      failed.catch(() => undefined) // It ends after the test in any case.
      await Promise.race([ready, failed])
    },
    async ask(address, port, protocol = 'tcp') {
      return (await run(inside([process.execPath, PEER, 'ask', protocol, `${port}`, address])))
        .stdout
    },
  }
}

export const PEER = new URL('./peer.node.ts', import.meta.url).pathname
