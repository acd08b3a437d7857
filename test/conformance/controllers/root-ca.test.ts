import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { ConfigMap } from '../../../src/api/core/v1/config-map.ts'
import { apps } from '../apps/apps.ts'
import { conformance } from '../conformance.ts'

describe('ServiceAccounts', () => {
  const app = apps({ nodes: 0 })

  conformance(
    '[sig-auth] ServiceAccounts should guarantee kube-root-ca.crt exist in any namespace [Conformance]',
    async () => {
      const key = { namespace: await app.namespace('root-ca'), name: 'kube-root-ca.crt' }
      const read = () => app.client.get(ConfigMap, key)
      const isWhole = async (): Promise<ConfigMap> => {
        const map = await read()
        assert.match(map.data?.['ca.crt'] ?? '', /^-----BEGIN CERTIFICATE-----/)
        return map
      }
      const first = await app.cluster.eventually(isWhole)
      await app.client.delete(ConfigMap, key)
      const second = await app.cluster.eventually(isWhole)
      assert.notEqual(second.metadata.uid, first.metadata.uid)
      await app.client.update(ConfigMap, { ...second, data: { 'ca.crt': '' } })
      const third = await app.cluster.eventually(isWhole)
      assert.equal(third.metadata.uid, second.metadata.uid)
      assert.deepEqual(third.data, first.data)
    },
  )
})
