import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '../../src/api/core/v1/secret.ts'
import { Cluster } from '../../src/cluster/cluster.node.ts'
import type { StoreEvent } from '../../src/storage/store.ts'

const ENCRYPTION = `
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - aesgcm:
          keys:
            - name: test
              secret: ${Buffer.alloc(32).toString('base64')}
`

test('a cluster keeps encrypted what its EncryptionConfiguration names', async () => {
  const kept = new Map<string, string>()
  const onWrite = ({ key, entry }: StoreEvent): void => {
    if (entry) kept.set(key, Buffer.from(entry.value.bytes).toString('latin1'))
  }
  await using cluster = await Cluster.start({
    clock: 'virtual',
    nodes: 0,
    encryptionConfiguration: ENCRYPTION,
    onWrite,
  })
  const metadata = { name: 'x', namespace: 'default' }
  const { data } = await cluster.client.create(Secret, { metadata, data: { a: 'aGlkZGVu' } })
  assert.match(kept.get('/registry/secrets/default/x')!, /^k8s:enc:aesgcm:v1:test:/)
  assert.match(kept.get('/registry/namespaces/default')!, /^\{"kind":"Namespace"/)
  assert.deepEqual((await cluster.client.get(Secret, metadata)).data, data)
})
