import { randomInt } from '../../src/base/random.ts'
import { systemRandom } from '../../src/base/random.node.ts'
import { output, run } from './programs.node.ts'

/** A machine of a test's own: a network namespace with an address and a way out, so that no port of it is taken. */
export interface Machine extends AsyncDisposable {
  /** Where it is reached from outside. */
  readonly address: string
  /** The command that runs another one there. */
  readonly inside: (command: readonly string[]) => readonly string[]
}

export async function testMachine(): Promise<Machine> {
  const id = randomInt(systemRandom, 1 << 14)
  const name = `trierarch-e2e-${id}`
  const outside = `tri-e2e-${id}`
  // The network that benchmarks may use (RFC 2544), in pieces of four addresses.
  const subnet = `198.${18 + (id >> 13)}.${(id >> 5) & 255}`
  const first = (id & 31) * 8
  const [gateway, address] = [`${subnet}.${first + 1}`, `${subnet}.${first + 2}`]
  await using leftovers = new AsyncDisposableStack()
  leftovers.defer(async () => {
    await run(['ip', 'link', 'delete', outside])
    await run(['ip', 'netns', 'delete', name])
  })

  await output(['ip', 'netns', 'add', name])
  await ip(`link add ${outside} type veth peer name eth0 netns ${name}`)
  await ip(`address add ${gateway}/30 dev ${outside}`)
  await ip(`link set ${outside} up`)
  await ip(`-n ${name} address add ${address}/30 dev eth0`)
  await ip(`-n ${name} link set eth0 up`)
  await ip(`-n ${name} link set lo up`)
  await ip(`-n ${name} route add default via ${gateway}`)
  const owned = leftovers.move()
  return {
    address,
    // Not `ip netns exec`, which makes a mount namespace too: what one command mounts, the next one must see.
    inside: (command) => ['nsenter', `--net=/run/netns/${name}`, '--', ...command],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function ip(line: string): Promise<void> {
  await output(['ip', ...line.split(' ')])
}
