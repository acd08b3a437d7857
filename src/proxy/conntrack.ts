import type { Family, ServicePort } from './service-port.ts'

/** Flows that the kernel remembers and must forget: UDP has no end that it could see. */
export interface StaleFlows {
  readonly family: Family
  readonly port: number
  /** Where clients sent to; any address of the node where absent. */
  readonly address?: string
  /** Where they were sent on to; wherever that was where absent. */
  readonly backend?: string
}

interface Destination extends Pick<StaleFlows, 'address' | 'port'> {
  readonly backends: ReadonlySet<string>
}

/**
 * The flows to be forgotten as the ports of a Service change: those to backends that are gone, which would swallow what
 * clients go on to send, and those from before there was any backend, which lead nowhere.
 */
export function staleFlows(
  family: Family,
  before: readonly ServicePort[],
  after: readonly ServicePort[],
): readonly StaleFlows[] {
  const wanted = destinationsOf(after)
  const known = destinationsOf(before)
  const gone = [...known].flatMap(([key, { backends, ...destination }]) =>
    [...backends]
      .filter((backend) => !wanted.get(key)?.backends.has(backend))
      .map((backend) => ({ family, ...destination, backend })),
  )
  const first = [...wanted]
    .filter(([key, { backends }]) => backends.size > 0 && !known.get(key)?.backends.size)
    .map(([, { address, port }]) => ({ family, ...(address !== undefined && { address }), port }))
  return [...gone, ...first]
}

function destinationsOf(ports: readonly ServicePort[]): ReadonlyMap<string, Destination> {
  const destinations = new Map<string, Destination>()
  for (const port of ports) {
    if (port.protocol !== 'udp') continue
    const backends = new Set(port.servingAddresses)
    const addresses = [
      ...port.clusterAddresses,
      ...port.externalAddresses,
      ...port.loadBalancerAddresses,
    ]
    for (const address of addresses)
      destinations.set(`${address} ${port.port}`, { address, port: port.port, backends })
    if (port.nodePort !== undefined)
      destinations.set(`${port.nodePort}`, { port: port.nodePort, backends })
  }
  return destinations
}

/** The arguments with which the program `conntrack` forgets them. */
export function conntrackArguments({
  family,
  port,
  address,
  backend,
}: StaleFlows): readonly string[] {
  return [
    '-D',
    '-f',
    family === 'ip' ? 'ipv4' : 'ipv6',
    '-p',
    'udp',
    '--orig-port-dst',
    `${port}`,
    ...(address === undefined ? [] : ['--orig-dst', address]),
    ...(backend === undefined ? [] : ['--reply-src', backend]),
  ]
}
