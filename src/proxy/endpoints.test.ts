import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { localReadyCount } from './endpoints.ts'
import { servicePorts } from './service-port.ts'
import { testService, testSlice, type TestEndpoint } from './testing.ts'

const PLACE = { nodeName: 'n1', zone: 'z1' }

const chosen = (
  endpoints: readonly TestEndpoint[],
  place: typeof PLACE | { nodeName: string } = PLACE,
) =>
  servicePorts(testService(), [testSlice(endpoints)], 'ip', place)[0]!.backends.map(
    ({ address }) => address,
  )

test('what is terminating takes traffic only while nothing else is ready', () => {
  const leaving = { ip: '10.0.0.1', ready: false, serving: true }
  assert.deepEqual(chosen([leaving, { ip: '10.0.0.2' }]), ['10.0.0.2'])
  assert.deepEqual(chosen([leaving, { ip: '10.0.0.2', ready: false }]), ['10.0.0.1'])
})

test('whom what is terminating was for does not count, neither for itself nor for others', () => {
  const leaving = { ip: '10.0.0.1', ready: false, serving: true, zones: ['z9'] }
  const [far, near] = [
    { ip: '10.0.0.2', zones: ['z9'] },
    { ip: '10.0.0.3', zones: ['z1'] },
  ]
  assert.deepEqual(chosen([{ ...leaving, zones: [] }, far, near]), ['10.0.0.3'])
  assert.deepEqual(chosen([leaving, { ...leaving, ip: '10.0.0.4', zones: ['z1'] }]).length, 2)
})

test('endpoints are those of a port with the same name and protocol', () => {
  const slice = testSlice([{ ip: '10.0.0.1' }], [{ name: 'http', protocol: 'UDP', port: 8080 }])
  assert.deepEqual(servicePorts(testService(), [slice], 'ip', PLACE)[0]!.backends, [])
})

test('Services that are labelled for another proxy are left to it', () => {
  for (const label of ['service-proxy-name', 'headless']) {
    const service = testService({}, {}, { [`service.kubernetes.io/${label}`]: '' })
    assert.deepEqual(servicePorts(service, [testSlice([{ ip: '10.0.0.1' }])], 'ip', PLACE), [])
  }
})

test('localReadyCount() counts Pods of this node, not their addresses', () => {
  const slices = [
    testSlice([{ ip: '10.0.0.1' }, { ip: '10.0.0.2', ready: false, serving: true }]),
    testSlice([{ ip: 'fd00::1' }, { ip: 'fd00::3', node: 'n2' }]),
  ]
  assert.equal(localReadyCount(slices, PLACE), 1)
  assert.equal(localReadyCount([], PLACE), 0)
})

test('clients prefer their node, then their zone, where all endpoints say whom they are for', () => {
  const far = { ip: '10.0.0.1', node: 'n2', zones: ['z2'], nodes: ['n2'] }
  const sameZone = { ip: '10.0.0.2', node: 'n3', zones: ['z1'], nodes: ['n3'] }
  const sameNode = { ip: '10.0.0.3', zones: ['z1'], nodes: ['n1'] }
  assert.deepEqual(chosen([far, sameZone, sameNode]), ['10.0.0.3'])
  assert.deepEqual(chosen([far, sameZone]), ['10.0.0.2'])
  assert.deepEqual(chosen([far]), ['10.0.0.1'])
  assert.deepEqual(chosen([far, sameZone, { ip: '10.0.0.4' }]).length, 3)
  assert.deepEqual(chosen([far, sameZone], { nodeName: 'n9' }).length, 2)
})
