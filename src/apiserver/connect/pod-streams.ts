import type { Pod } from '../../api/core/v1/pod.ts'
import { badRequest } from '../../apimachinery/status-error.ts'
import type { HttpExchange } from '../../serving/exchange.ts'
import type { Registry } from '../registry/registry.ts'
import type { Backends } from './backends.ts'
import { nodeLocation, nodeOf } from './node-location.ts'
import { containerOf } from './pod-container.ts'

/** The streams of a container, as clients ask for them and as node agents name them. */
const STREAMS = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const

/** Opens an exec or attach session on the Pod's node. */
export async function openContainerStreams(
  exchange: HttpExchange,
  pod: Pod,
  action: 'exec' | 'attach',
  registry: Registry,
  backends: Backends,
): Promise<void> {
  const query = new URLSearchParams(exchange.query)
  const container = containerOf(pod, query.get('container') ?? '')
  if (action === 'exec' && !query.has('command')) {
    throw badRequest('you must specify at least one command for the container')
  }
  const { name, namespace } = pod.metadata
  const path = `/${action}/${namespace}/${name}/${container}`
  await openOnNode(exchange, pod, `${path}?${streamParameters(query)}`, registry, backends)
}

/** Opens connections to ports of a Pod, through its node. */
export async function openPortForward(
  exchange: HttpExchange,
  pod: Pod,
  registry: Registry,
  backends: Backends,
): Promise<void> {
  const { name, namespace } = pod.metadata
  const ports = new URLSearchParams(exchange.query)
    .getAll('ports')
    .flatMap((each) => each.split(','))
  const parameters = ports.map((port) => `port=${encodeURIComponent(port)}`).join('&')
  const path = `/portForward/${namespace}/${name}`
  const whole = parameters === '' ? path : `${path}?${parameters}`
  await openOnNode(exchange, pod, whole, registry, backends)
}

async function openOnNode(
  exchange: HttpExchange,
  pod: Pod,
  path: string,
  registry: Registry,
  backends: Backends,
): Promise<void> {
  const { name } = pod.metadata
  const location = await nodeLocation(registry, nodeOf({ name, nodeName: pod.spec.nodeName ?? '' }))
  if (!exchange.upgrade) throw badRequest('Upgrade request required')
  await backends.upgrade(exchange, { ...location, path })
}

function streamParameters(query: URLSearchParams): string {
  const parameters = new URLSearchParams()
  for (const command of query.getAll('command')) parameters.append('command', command)
  for (const [asked, name] of Object.entries(STREAMS)) {
    const value = query.get(asked)
    if (value !== null && value !== '0' && value.toLowerCase() !== 'false')
      parameters.set(name, '1')
  }
  return parameters.toString()
}
