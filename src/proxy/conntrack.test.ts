import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { conntrackArguments, staleFlows } from './conntrack.ts'
import { servicePorts } from './service-port.ts'
import { testService, testSlice } from './testing.ts'

const ports = (...ips: readonly string[]) =>
  servicePorts(
    testService({ ports: [{ name: 'dns', protocol: 'UDP', port: 53 }] }),
    ips.length === 0
      ? []
      : [
          testSlice(
            ips.map((ip) => ({ ip })),
            [{ name: 'dns', protocol: 'UDP', port: 53 }],
          ),
        ],
    'ip',
    { nodeName: 'n1' },
  )

const FLOW = { family: 'ip', address: '10.96.0.20', port: 53 } as const

test('staleFlows() forgets flows to backends that are gone', () => {
  const flows = staleFlows('ip', ports('10.0.0.1', '10.0.0.2'), ports('10.0.0.2'))
  assert.deepEqual(flows, [{ ...FLOW, backend: '10.0.0.1' }])
  assert.deepEqual(staleFlows('ip', ports('10.0.0.1'), []), [{ ...FLOW, backend: '10.0.0.1' }])
})

test('staleFlows() forgets flows from before there was a backend', () => {
  assert.deepEqual(staleFlows('ip', ports(), ports('10.0.0.1')), [FLOW])
  assert.deepEqual(staleFlows('ip', ports('10.0.0.1'), ports('10.0.0.1', '10.0.0.2')), [])
})

test('conntrackArguments() name the destination and the backend', () => {
  assert.equal(
    conntrackArguments({ ...FLOW, backend: '10.0.0.1' }).join(' '),
    '-D -f ipv4 -p udp --orig-port-dst 53 --orig-dst 10.96.0.20 --reply-src 10.0.0.1',
  )
})
