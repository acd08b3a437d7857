import { readFileSync } from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'

/** The name under which this machine registers as a node. */
export function machineNodeName(): string {
  return hostname().toLowerCase()
}

/**
 * The address by which this machine is reached: that of the interface that the default route leaves by, else the first
 * that is not loopback. Undefined where there is none.
 */
export function machineAddress(): string | undefined {
  const interfaces = networkInterfaces()
  const ordered = [defaultInterface(), ...Object.keys(interfaces)]
  for (const name of ordered) {
    const found = interfaces[name ?? '']?.find(
      ({ family, internal }) => family === 'IPv4' && !internal,
    )
    if (found) return found.address
  }
  return undefined
}

/**
 * The addresses of a node of a cluster whose Pods have addresses of these ranges: the one by which this machine is
 * reached, and one of IPv6 on the same link where Pods have both and it has one.
 */
export function nodeAddresses(address: string, podCIDRs: readonly string[]): readonly string[] {
  if (!podCIDRs.some((cidr) => cidr.includes(':'))) return [address]
  const link = Object.values(networkInterfaces()).find((each) =>
    each?.some((entry) => entry.address === address),
  )
  const global = link?.find(({ family, scopeid }) => family === 'IPv6' && !scopeid)
  return global ? [address, global.address] : [address]
}

/** As the kernel's routing table says it: the line whose destination and mask are zero. */
function defaultInterface(): string | undefined {
  try {
    const routes = readFileSync('/proc/net/route', 'utf8').split('\n').slice(1)
    return routes
      .map((line) => line.split('\t'))
      .find(
        ([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000',
      )?.[0]
  } catch {
    return undefined // No Linux.
  }
}
