import type { Node } from '../../api/core/v1/node.ts'
import { badRequest, internalError } from '../../apimachinery/status-error.ts'
import type { Registry } from '../registry/registry.ts'
import { getObject } from '../registry/get.ts'
import type { BackendTarget } from './backends.ts'

const KUBELET_PORT = 10_250
// An address is sure to lead there; names need a DNS that knows them.
const ADDRESS_TYPES = ['InternalIP', 'ExternalIP', 'Hostname']
const SIMULATED = 'trierarch.io/simulated'
const FAKE = { annotation: 'kwok.x-k8s.io/node', value: 'fake' }

/** Whether nothing really runs on a node. */
export function isSimulated({ metadata: { labels, annotations } }: Node): boolean {
  return labels?.[SIMULATED] === 'true' || annotations?.[FAKE.annotation] === FAKE.value
}

/** Where the agent of a node listens. Throws `NotFound`, and `BadRequest` where the node is simulated. */
export async function nodeLocation(
  registry: Registry,
  name: string,
): Promise<Omit<BackendTarget, 'path'>> {
  const { resource } = registry.find('', 'v1', 'nodes')!
  const node = (await getObject(resource, '', name)).object as unknown as Node
  // Its address belongs to nobody, or to a stranger.
  if (isSimulated(node)) {
    throw badRequest(`node ${JSON.stringify(name)} is simulated: no container runs on it`)
  }
  const { addresses = [], daemonEndpoints } = node.status ?? {}
  const address = ADDRESS_TYPES.flatMap((type) =>
    addresses.filter((each) => each.type === type).map((each) => each.address),
  )[0]
  if (address === undefined) {
    throw internalError(`no preferred addresses found; known addresses: ${known(addresses)}`)
  }
  const port = daemonEndpoints?.kubeletEndpoint?.Port || KUBELET_PORT
  return { scheme: 'https', host: address, port, trust: 'kubelet' }
}

function known(addresses: readonly { readonly type: string; readonly address: string }[]): string {
  return `[${addresses.map(({ type, address }) => `{${type} ${address}}`).join(' ')}]`
}

/** Throws `BadRequest` where a Pod has no node yet. */
export function nodeOf(pod: { readonly name: string; readonly nodeName: string }): string {
  if (pod.nodeName !== '') return pod.nodeName
  throw badRequest(`pod ${pod.name} does not have a host assigned`)
}
