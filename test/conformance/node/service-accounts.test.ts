import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { TokenReview } from '../../../src/api/authentication/v1/token-review.ts'
import { ConfigMap } from '../../../src/api/core/v1/config-map.ts'
import type { Pod } from '../../../src/api/core/v1/pod.ts'
import { ServiceAccount } from '../../../src/api/core/v1/service-account.ts'
import { whyNoNodeCluster } from '../../kubelet/node-cluster.node.ts'
import { conformance } from '../conformance.ts'
import { nodeSuite, once } from './node-suite.node.ts'

const skip = await whyNoNodeCluster()

const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

describe('tokens of service accounts on the node', { skip, concurrency: 2 }, () => {
  const suite = nodeSuite()

  /** What the API server says of whoever shows the token. */
  const reviewed = async (
    token: string,
    audiences?: readonly string[],
  ): Promise<TokenReview['status']> => {
    const spec = { token, ...(audiences && { audiences }) }
    return (await suite().client.create(TokenReview, { spec })).status
  }
  const isOfPod = ({ user }: TokenReview['status'], account: string, pod: Pod): void => {
    const { name, namespace, uid } = pod.metadata
    assert.equal(user?.username, `system:serviceaccount:${namespace}:${account}`)
    assert.deepEqual([...(user?.groups ?? [])].toSorted(), [
      'system:authenticated',
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
    ])
    assert.deepEqual(user?.extra?.['authentication.kubernetes.io/pod-name'], [name])
    assert.deepEqual(user?.extra?.['authentication.kubernetes.io/pod-uid'], [uid])
    assert.deepEqual(user?.extra?.['authentication.kubernetes.io/node-name'], [suite().nodeName])
    const [credential, ...more] = user?.extra?.['authentication.kubernetes.io/credential-id'] ?? []
    assert.match(credential ?? '', /^JTI=/)
    assert.deepEqual(more, [])
  }

  conformance(
    '[sig-auth] ServiceAccounts should mount an API token into pods [Conformance]',
    async () => {
      const { client } = suite()
      const namespace = await suite().namespace('mount-token')
      await client.create(ServiceAccount, { metadata: { namespace, name: 'mount-test' } })
      const script = `cat ${MOUNT}/token && echo && cat ${MOUNT}/namespace && echo && cat ${MOUNT}/ca.crt`
      const pod = await suite().run(
        namespace,
        once('mounts', script, {}, { serviceAccountName: 'mount-test' }),
      )
      const [token = '', mounted, ...ca] = (await suite().log(pod)).split('\n')
      assert.equal(mounted, namespace)
      const root = await client.get(ConfigMap, { namespace, name: 'kube-root-ca.crt' })
      assert.equal(ca.join('\n'), root.data?.['ca.crt'])
      const status = await reviewed(token)
      assert.equal(status.authenticated, true)
      isOfPod(status, 'mount-test', pod)
    },
  )

  conformance(
    '[sig-auth] ServiceAccounts should mount projected service account token [Conformance]',
    async () => {
      const namespace = await suite().namespace('projected-token')
      const serviceAccountToken = { path: 'token', expirationSeconds: 3600, audience: 'vault' }
      const pod = await suite().run(
        namespace,
        once(
          'projects',
          'cat /test-volume/token',
          { volumeMounts: [{ name: 'token', mountPath: '/test-volume' }] },
          { volumes: [{ name: 'token', projected: { sources: [{ serviceAccountToken }] } }] },
        ),
      )
      const text = await suite().log(pod)
      assert.match(text, /^[\w-]+\.[\w-]+\.[\w-]+\n$/)
      const token = text.trim()
      const status = await reviewed(token, ['vault', 'other'])
      assert.deepEqual(status.audiences, ['vault'])
      isOfPod(status, 'default', pod)
      assert.notEqual((await reviewed(token)).authenticated, true) // It is for the API server no longer.
    },
  )
})
