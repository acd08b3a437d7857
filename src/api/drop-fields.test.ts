import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pod } from './core/v1/pod.ts'
import { PersistentVolumeClaim } from './core/v1/persistent-volume-claim.ts'
import { fieldDropper } from './drop-fields.ts'
import { kubernetesFeatures } from './features.ts'
import { GATED_FIELDS } from './gated-fields.ts'

const pod = {
  spec: {
    hostnameOverride: 'x',
    containers: [{ name: 'a', lifecycle: { stopSignal: 'SIGUSR1' } }, { name: 'b' }],
  },
}

test('every field that belongs to a feature is declared', () => {
  for (const { message, name } of GATED_FIELDS) {
    assert.ok(Object.hasOwn(message.fields, name), `${message.name}.${name}`)
  }
})

test('fieldDropper() drops what belongs to features that are off, wherever it stands', () => {
  const drop = fieldDropper(Pod, kubernetesFeatures())!
  const dropped = drop(pod, undefined)
  assert.deepEqual(dropped.spec.containers, [{ name: 'a', lifecycle: {} }, { name: 'b' }])
  assert.equal(dropped.spec.hostnameOverride, 'x')
  assert.equal(dropped.spec.containers[1], pod.spec.containers[1])
  const more = fieldDropper(Pod, kubernetesFeatures({ HostnameOverride: false }))!
  assert.equal('hostnameOverride' in more(pod, undefined).spec, false)
})

test('fieldDropper() keeps what the old object has', () => {
  const drop = fieldDropper(Pod, kubernetesFeatures())!
  assert.equal(drop(pod, pod), pod)
  const other = { spec: { containers: [{ name: 'z', lifecycle: { stopSignal: 'SIGHUP' } }] } }
  assert.equal(drop(pod, other as never), pod)
})

test('fieldDropper() has nothing to do where all is on', () => {
  const all = kubernetesFeatures({ AllAlpha: true, AllBeta: true })
  assert.equal(fieldDropper(Pod, all), undefined)
})

test('fieldDropper() drops a data source of another namespace alone', () => {
  const drop = fieldDropper(PersistentVolumeClaim, kubernetesFeatures())!
  const claim = (namespace?: string): object => ({
    spec: { dataSourceRef: { kind: 'X', name: 'x', ...(namespace && { namespace }) } },
  })
  assert.deepEqual(drop(claim('other'), undefined), { spec: {} })
  assert.deepEqual(drop(claim(), undefined), claim())
})
