import { readFileSync } from 'node:fs'
import { hostname, networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import type { IpFamily } from '../api/validation/ip.ts'

/** The name under which this machine registers as a node. */
export function machineNodeName(): string {
  return hostname().toLowerCase()
}

/**
 * The address of a family by which this machine is reached: that of the interface that the default route leaves by, else
 * the first that is neither loopback nor of one link alone. Undefined where there is none.
 */
export function machineAddress(family: IpFamily): string | undefined {
  const interfaces = networkInterfaces()
  const ordered = [defaultInterface(family), ...Object.keys(interfaces)]
  for (const name of ordered) {
    const found = addressOn(interfaces[name ?? ''], family)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * The addresses of a node of a cluster whose Pods have addresses of these ranges: the one by which this machine is
 * reached, of the family of the first range, and one of the other on the same link where Pods have both and it has one.
 * Empty where the machine has none.
 */
export function nodeAddresses(podCIDRs: readonly string[]): readonly string[] {
  const [family, other] = podCIDRs.map(familyOfRange)
  const address = machineAddress(family!)
  if (address === undefined || other === undefined) return address === undefined ? [] : [address]
  const link = Object.values(networkInterfaces()).find((each) =>
    each?.some((entry) => entry.address === address),
  )
  const second = addressOn(link, other)
  return second === undefined ? [address] : [address, second]
}

/** Why a machine without an address of the family of these Pods can be no node with real containers. */
export function noAddressText([podCIDR = '']: readonly string[]): string {
  return `Cannot run containers on this machine: it has no network address of ${familyOfRange(podCIDR)}.`
}

/** The family of a range, or of the first of several with commas between them. */
export function familyOfRange(ranges: string): IpFamily {
  return ranges.split(',')[0]!.includes(':') ? 'IPv6' : 'IPv4'
}

function addressOn(
  link: readonly NetworkInterfaceInfo[] | undefined,
  wanted: IpFamily,
): string | undefined {
  // Addresses with a scope are of one link alone.
  return link?.find(
    ({ family, internal, ...more }) =>
      family === wanted && !internal && !('scopeid' in more && more.scopeid),
  )?.address
}

/** As the kernel's routing tables say it: the line whose destination and mask are zero. */
function defaultInterface(family: IpFamily): string | undefined {
  return family === 'IPv4'
    ? linesOf('/proc/net/route').find(
        ([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000',
      )?.[0]
    : linesOf('/proc/net/ipv6_route')
        .find(
          ([destination, bits, , , , , , , , link]) =>
            /^0+$/.test(destination!) && bits === '00' && link !== 'lo',
        )
        ?.at(-1)
}

function linesOf(file: string): readonly (readonly string[])[] {
  try {
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    return lines.map((line) => line.trim().split(/\s+/))
  } catch {
    return [] // No Linux, or no IPv6.
  }
}
