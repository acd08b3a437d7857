import { Node } from '../../api/core/v1/node.ts'
import { controller, type Controller } from '../../controller-runtime/index.ts'
import { ttlStep, ttlSecondsOf } from './ttl-plan.ts'

const ANNOTATION = 'node.alpha.kubernetes.io/ttl'

/**
 * Tells each node how long it may go on with the Secrets and ConfigMaps that it has read, longer the more nodes there
 * are. A node learns of a new length when it next changes, so that not all are written at once.
 */
export function ttlController(): Controller {
  let step = 0
  return controller('ttl-controller', {
    queueName: 'ttlcontroller',
    for: Node,

    async reconcile({ metadata }, { cache, client }) {
      step = ttlStep(step, cache.size(Node))
      const wanted = String(ttlSecondsOf(step))
      if (metadata.annotations?.[ANNOTATION] === wanted) return
      const patch = { metadata: { annotations: { [ANNOTATION]: wanted } } }
      await client.patch(Node, { name: metadata.name }, 'merge', patch)
    },
  })
}
