import type { Clock } from '../../base/clock.ts'
import type { Backends } from '../connect/backends.ts'
import { nodeLocation } from '../connect/node-location.ts'
import type { Registry } from '../registry/registry.ts'
import { parseSample, type Sample } from './sample.ts'

const BYTES_MAX = 16 * 2 ** 20 // Some 300 bytes a container.

/** Asks the agent of a node what it has counted, as metrics-server does. Rejects where it cannot be asked. */
export async function scrapeNode(
  node: string,
  { registry, backends, clock }: { registry: Registry; backends: Backends; clock: Clock },
  signal: AbortSignal,
): Promise<Sample> {
  const target = { ...(await nodeLocation(registry, node)), path: '/metrics/resource' }
  const response = await backends.request(target, { method: 'GET', headers: {}, signal })
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > BYTES_MAX) throw new Error(`node ${node} tells too much`)
  }
  if (response.status !== 200) throw new Error(`node ${node} answered ${response.status}`)
  return parseSample(text, clock.now())
}
