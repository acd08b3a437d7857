import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { Node } from '../api/core/v1/node.ts'
import { backoffMs, type Backoff } from '../base/backoff.ts'
import { sleep, type Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Random } from '../base/random.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import {
  nodeRoutes,
  routeCommands,
  tunnelCommands,
  type LocalAddress,
  type NodeRoute,
  type RouteMarks,
} from './node-routes.ts'

export interface NodeRoutesOptions extends RouteMarks {
  readonly informers: SharedInformers
  readonly nodeName: string
  readonly nodeAddress: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

const BACKOFF: Backoff = { baseMs: 500, maxMs: 30_000, jitter: 1 }

/**
 * Keeps the routes to the Pods of other nodes. Disposing stops that and leaves them, so that connections outlive a
 * restart.
 */
export function startNodeRoutes(options: NodeRoutesOptions): AsyncDisposable {
  const { informers, nodeName, nodeAddress, device, clock, random, logger } = options
  const nodes = informers.informer(Node)
  const abort = new AbortController()
  const { signal } = abort
  let known: readonly NodeRoute[] = []
  let isFirst = true
  let changed = Promise.withResolvers<void>()

  const apply = async (): Promise<void> => {
    const here = { name: nodeName, address: nodeAddress, local: localAddresses(nodeAddress) }
    const wanted = nodeRoutes(nodes.cache.list(), here)
    const { ip, bridge } = routeCommands(known, wanted, options)
    // Nodes may have gone while nobody looked.
    if (isFirst) await forgetRoutes(options)
    isFirst = false
    if (bridge.length > 0) await runBatch('ip', tunnelCommands(nodeAddress, device))
    await runBatch('bridge', bridge)
    await runBatch('ip', ip)
    known = wanted
  }
  const run = async (): Promise<void> => {
    await nodes.waitForSync({ signal })
    for (let failures = 0; !signal.aborted;) {
      changed = Promise.withResolvers()
      try {
        await apply()
        failures = 0
        await changed.promise
      } catch (error) {
        ;[known, isFirst] = [[], true] // Whatever is there now, all of them are made anew.
        logger.error('Cannot set the routes to other nodes', { error: String(error) })
        await sleep(clock, backoffMs(BACKOFF, (failures += 1), random), { signal })
      }
    }
  }
  const running = run().catch((error: unknown) => {
    if (!signal.aborted) logger.error('Routes to other nodes are not kept', { error })
  })
  const onChange = (): void => changed.resolve()
  const subscription = nodes.subscribe({ add: onChange, update: onChange, delete: onChange })
  return {
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]()
      abort.abort()
      changed.resolve()
      await running
    },
  }
}

/** Removes all routes to other nodes, and the interface of the tunnels. */
export async function removeNodeRoutes(marks: RouteMarks): Promise<void> {
  await forgetRoutes(marks)
  await runBatch('ip', [`link del ${marks.device}`])
}

async function forgetRoutes({ protocol }: RouteMarks): Promise<void> {
  for (const family of ['-4', '-6'] as const)
    await runBatch('ip', [`route flush proto ${protocol}`], family)
}

/** What is there already, or gone already, is as good as done. */
async function runBatch(
  program: 'ip' | 'bridge',
  lines: readonly string[],
  ...options: readonly string[]
): Promise<void> {
  if (lines.length === 0) return
  const child = spawn(program, [...options, '-force', '-batch', '-'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  child.stdin.end(`${lines.join('\n')}\n`)
  const [said] = await Promise.all([
    child.stderr.setEncoding('utf8').toArray(),
    once(child, 'close'),
  ])
  const problems = said
    .join('')
    .split('\n')
    .filter((line) => /^(?:RTNETLINK|Error)/.test(line) && !HARMLESS.test(line))
  if (problems.length > 0) throw new Error(`${program}: ${problems.join('; ')}`)
}

const HARMLESS = /File exists|No such process|No such file or directory|Cannot find device/

/** The addresses of the link that the node is known by. */
function localAddresses(nodeAddress: string): readonly LocalAddress[] {
  return Object.values(networkInterfaces())
    .filter((link) => link?.some(({ address }) => address === nodeAddress))
    .flatMap((link) => link ?? [])
    .flatMap(({ address, cidr }) =>
      cidr === null ? [] : [{ address, prefixBits: Number(cidr.split('/')[1]) }],
    )
}
