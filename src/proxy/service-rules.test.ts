import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ServiceRules } from './service-rules.ts'
import { testService, testSlice } from './testing.ts'

const DNS = { name: 'dns', protocol: 'UDP', port: 53 }
const PLACE = { nodeName: 'n1' }

const stateOf = (ip: string) =>
  new Map([
    [
      'default/web',
      { service: testService({ ports: [DNS] }), slices: [testSlice([{ ip }], [DNS])] },
    ],
  ])

test('ServiceRules leave the flows alone that an earlier run has made', () => {
  const rules = new ServiceRules('t', { family: 'ip' })
  assert.deepEqual(rules.anew(stateOf('10.0.0.1'), PLACE).stale, [])
  const gone = { family: 'ip', address: '10.96.0.20', port: 53, backend: '10.0.0.1' }
  assert.deepEqual(rules.anew(stateOf('10.0.0.2'), PLACE).stale, [gone])
})
