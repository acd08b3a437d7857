import { Pod } from '../../../api/core/v1/pod.ts'
import type { Client } from '../../../client/client.ts'
import type { Plugin } from '../../framework/plugin.ts'
import { failed } from '../../framework/status.ts'

/** Tells the API server where a Pod goes. */
export function defaultBinder(client: Client): Plugin {
  return {
    name: 'DefaultBinder',
    async bind(_state, { pod: { metadata } }, nodeName) {
      const { namespace, name, uid } = metadata
      try {
        await client.createSubresource(Pod, { namespace, name }, 'binding', {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { namespace, name, uid },
          target: { kind: 'Node', name: nodeName },
        })
        return undefined
      } catch (error) {
        return failed(error)
      }
    },
  }
}
