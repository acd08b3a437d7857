import { after, before } from 'node:test'
import { ServiceAccount } from '../../src/api/core/v1/service-account.ts'
import { Cluster } from '../../src/cluster/cluster.node.ts'
import { rest, type Rest } from './rest.node.ts'

/** What the tests of one file share; its parts are there once the tests run. */
export interface Suite {
  readonly cluster: Cluster
  readonly rest: Rest
  /** A namespace of its own for a test. Answers with the path of what is in it, `/api/v1/namespaces/NAME`. */
  namespace(name: string): Promise<string>
}

/** Starts a cluster before the tests of this file, and stops it after them. */
export function suite({ nodes = 2 } = {}): Suite {
  let [cluster, http]: [Cluster?, Rest?] = []
  before(async () => {
    cluster = await Cluster.start({ nodes })
    http = rest(await cluster.kubeconfig())
  })
  after(async () => {
    http?.[Symbol.dispose]()
    await cluster?.[Symbol.asyncDispose]()
  })
  return {
    get cluster() {
      return cluster!
    },
    get rest() {
      return http!
    },
    async namespace(name) {
      await http!.post('/api/v1/namespaces', { metadata: { name } })
      const account = { name: 'default', namespace: name }
      await cluster!.eventually(() => cluster!.client.get(ServiceAccount, account))
      return `/api/v1/namespaces/${name}`
    },
  }
}
