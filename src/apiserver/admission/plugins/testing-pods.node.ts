import { StatusError } from '../../../apimachinery/status-error.ts'
import type { Pod } from '../../../api/core/v1/pod.ts'
import type { PluginChoice } from './admission-plugins.ts'
import { startSecureTestServer, type SecureTestServer } from '../../testing-secure.node.ts'

/** Pods of one namespace of a server, for tests of what admission makes of them. */
export interface PodTests extends AsyncDisposable {
  readonly api: SecureTestServer
  /** The Pod as it is stored. Pods that are given no name are `p0`, `p1`, … */
  create(spec?: object, metadata?: object): Promise<Pod>
  /** Why the Pod is refused; empty where it is not. */
  refusal(spec?: object, metadata?: object): Promise<string>
}

export async function podTests(plugins: PluginChoice = {}): Promise<PodTests> {
  const api = await startSecureTestServer({ plugins })
  await api
    .calls('v1', 'serviceaccounts', 'default')
    .create({ metadata: { name: 'default' }, automountServiceAccountToken: false })
  const pods = api.calls('v1', 'pods', 'default')
  let count = 0
  const create: PodTests['create'] = async (spec = {}, metadata = {}) =>
    (await pods.create({
      metadata: { name: `p${count++}`, ...metadata },
      spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
    })) as unknown as Pod
  return {
    api,
    create,
    async refusal(spec, metadata) {
      try {
        await create(spec, { name: 'p', ...metadata })
        return ''
      } catch (error) {
        if (error instanceof StatusError) return error.message
        throw error
      }
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  }
}
