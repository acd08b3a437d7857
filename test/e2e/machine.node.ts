import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
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

export interface MachineOptions {
  /** It has addresses of IPv6 alone. */
  readonly isIPv6?: boolean
}

export async function testMachine({ isIPv6 = false }: MachineOptions = {}): Promise<Machine> {
  const id = randomInt(systemRandom, 1 << 14)
  const name = `trierarch-e2e-${id}`
  const outside = `tri-e2e-${id}`
  const [gateway, address, prefix] = isIPv6 ? addresses6(id) : addresses4(id)
  const noProbe = isIPv6 ? ' nodad' : '' // Nobody else has the address, which need not be found out.
  await using leftovers = new AsyncDisposableStack()
  leftovers.defer(async () => {
    await run(['ip', 'link', 'delete', outside])
    await run(['ip', 'netns', 'delete', name])
  })

  await output(['ip', 'netns', 'add', name])
  await ip(`link add ${outside} type veth peer name eth0 netns ${name}`)
  await ip(`address add ${gateway}/${prefix} dev ${outside}${noProbe}`)
  await ip(`link set ${outside} up`)
  if (isIPv6 && JOINS_IPV6) await writeFile(routerFile(outside), '1')
  await ip(`-n ${name} address add ${address}/${prefix} dev eth0${noProbe}`)
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

/** Whether machines of IPv6 reach each other, this one being their router, whatever it is for others. */
export const JOINS_IPV6 = existsSync(routerFile('lo'))

// Since Linux 6.17.
function routerFile(link: string): string {
  return `/proc/sys/net/ipv6/conf/${link}/force_forwarding`
}

type Addresses = readonly [gateway: string, address: string, prefix: string]

/** Of the network that benchmarks may use (RFC 2544), in pieces of four addresses. */
function addresses4(id: number): Addresses {
  const subnet = `198.${18 + (id >> 13)}.${(id >> 5) & 255}`
  const first = (id & 31) * 8
  return [`${subnet}.${first + 1}`, `${subnet}.${first + 2}`, '30']
}

function addresses6(id: number): Addresses {
  const subnet = `fd00:e2e:${id.toString(16)}:`
  return [`${subnet}:1`, `${subnet}:2`, '64']
}

async function ip(line: string): Promise<void> {
  await output(['ip', ...line.split(' ')])
}
