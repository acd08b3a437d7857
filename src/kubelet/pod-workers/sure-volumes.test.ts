import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasSureVolumes } from './sure-volumes.ts'
import { planned } from './testing.ts'

test('hasSureVolumes() tells volumes that nothing can be missing for', () => {
  const sure = (...volumes: readonly object[]) =>
    hasSureVolumes(planned(['m'], { spec: { volumes } }))
  const token = { serviceAccountToken: { path: 'token' } }
  const rootCa = { configMap: { name: 'kube-root-ca.crt' } }
  const namespace = { downwardAPI: {} }
  assert.ok(sure())
  assert.ok(sure({ projected: { sources: [token, rootCa, namespace] } }, { emptyDir: {} }))
  assert.ok(sure({ projected: { sources: [{ configMap: { name: 'own', optional: true } }] } }))
  assert.ok(!sure({ projected: { sources: [token, { configMap: { name: 'own' } }] } }))
  assert.ok(!sure({ projected: { sources: [{ secret: { name: 'own', optional: true } }] } }))
  assert.ok(!sure({ emptyDir: {} }, { configMap: { name: 'own' } }))
  assert.ok(!sure({ hostPath: { path: '/' } }))
})
