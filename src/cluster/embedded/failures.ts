import { SIMULATED_KUBELET } from '../components.ts'
import type { ComponentName, Engine } from './engine.ts'
import type { CallFault, CallSelector } from './faults.ts'

/** Everything that can go wrong with a cluster. What lasts, lasts until it is disposed. */
export interface Failures {
  /** A simulated node's machine is switched off: no heartbeats, and its Pods stay as they are. */
  node(name: string): Disposable
  /** A component does not reach the API server; for the API server: nobody does but `cluster.client`. */
  partition(component: ComponentName): Disposable
  /** Calls are slow, or fail. */
  calls(fault: CallFault): Disposable
  /** Watches end, as when a connection breaks. Answers how many. */
  dropWatches(selector?: CallSelector): number
  /** Watches tell nothing, so that caches are stale. With a component: its own. */
  freezeWatches(of?: ComponentName | CallSelector): Disposable
  /** A component ends, and starts anew with nothing but what is in the API. Resolves once it has started. */
  restart(component: ComponentName): Promise<void>
}

export function failures(engine: Engine): Failures {
  const { faults } = engine
  return {
    node(name) {
      if (!engine.nodeNames.has(name)) throw new Error(`there is no simulated node ${name}`)
      engine.stopNode(name)
      return {
        [Symbol.dispose]() {
          // A cluster that ends meanwhile needs it no more.
          engine.startNode(name).catch(() => undefined)
        },
      }
    },
    partition(component) {
      const selector = USERS[component]
      const cut = faults.add({ ...selector, error: 'request lost' })
      faults.dropWatches(selector)
      return cut
    },
    calls: (fault) => faults.add(fault),
    dropWatches: (selector = {}) => faults.dropWatches(selector),
    freezeWatches: (of = {}) => faults.freezeWatches(typeof of === 'string' ? USERS[of] : of),
    restart: (component) => engine.restart(component),
  }
}

const USERS: Readonly<Record<ComponentName, CallSelector>> = {
  'kube-apiserver': {},
  'kube-controller-manager': {
    user: (name) =>
      name === 'system:kube-controller-manager' ||
      name.startsWith('system:serviceaccount:kube-system:'),
  },
  'kube-scheduler': { user: 'system:kube-scheduler' },
  kubelet: { user: SIMULATED_KUBELET.name },
}
