import type { Node } from '../../api/core/v1/node.ts'
import { abortable } from '../../base/async.ts'
import { backoffMs } from '../../base/backoff.ts'
import { coalesced } from '../../base/coalesced.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Informer } from '../../client/informer.ts'
import type { NodeNetwork } from '../kubelet-options.ts'

const RETRY = { baseMs: 1000, maxMs: 30_000 }
const NOT_READY =
  'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady'

/** Whether Pods can have a network: once the node has its range of addresses, and it is configured. */
export interface NetworkState extends Disposable {
  problems(): readonly string[]
  /**
   * Configures the network of a Node that has its range already, so that a node agent that starts again does not call
   * the node not ready. Resolves when that was done or has failed; at once where the Node has no range.
   */
  prepare(node: Node): Promise<void>
  ready(signal: AbortSignal): Promise<void>
}

/** Configures the network as the Node says; calls back when its state has changed. */
export function networkState(
  { network, clock, logger }: { network: NodeNetwork; clock: Clock; logger: Logger },
  nodes: Informer<Node>,
  changed: () => void,
): NetworkState {
  const ready = Promise.withResolvers<void>()
  let configured = ''
  let problem = `${NOT_READY} message:the node has no podCIDR yet`
  let wanted: readonly string[] = []
  let failures = 0
  let timer: Disposable | undefined

  const configure = coalesced(async () => {
    while (wanted.length > 0 && String(wanted) !== configured) {
      const ranges = wanted
      try {
        await network.configure(ranges)
        configured = String(ranges)
        problem = ''
        failures = 0
        ready.resolve()
      } catch (error) {
        failures += 1
        problem = `${NOT_READY} message:${(error as Error).message}`
        logger.error('Cannot configure the Pod network', { error })
        timer = clock.after(backoffMs(RETRY, failures), () => void configure())
        return
      } finally {
        changed()
      }
    }
  })
  const prepare = ({ spec }: Node): Promise<void> => {
    wanted = spec.podCIDRs ?? (spec.podCIDR ? [spec.podCIDR] : [])
    return configure()
  }
  const see = (node: Node): void => void prepare(node)
  const subscription = nodes.subscribe({ add: see, update: see })
  return {
    problems: () => (problem === '' ? [] : [problem]),
    prepare,
    ready: (signal) => abortable(ready.promise, signal),
    [Symbol.dispose]() {
      subscription[Symbol.dispose]()
      timer?.[Symbol.dispose]()
    },
  }
}
