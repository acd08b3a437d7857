import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Service } from '../../api/core/v1/service.ts'
import { storedPod } from '../testing.ts'
import { ADDRESSES_MAX, planEndpoints } from './endpoints-plan.ts'

function service(spec: Partial<Service['spec']>): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: { type: 'ClusterIP', sessionAffinity: 'None', ...spec },
    status: { loadBalancer: {} },
  }
}

const pod = (name: string, ip: string, isReady = true, ports: object[] = []) =>
  storedPod(name, {
    spec: { nodeName: 'n1', containers: [{ name: 'main', ports } as never] },
    status: {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    },
  })

const address = (name: string, ip: string) => ({
  ip,
  nodeName: 'n1',
  targetRef: { kind: 'Pod', namespace: 'default', name, uid: `uid-${name}` },
})

const http = { name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' } as const

test('planEndpoints() tells ready addresses from those that are not', () => {
  const pods = [pod('b', '10.0.0.2'), pod('a', '10.0.0.1'), pod('c', '10.0.0.3', false)]
  assert.deepEqual(planEndpoints(service({ ports: [http] }), pods), {
    subsets: [
      {
        addresses: [address('a', '10.0.0.1'), address('b', '10.0.0.2')],
        notReadyAddresses: [address('c', '10.0.0.3')],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ],
    isTruncated: false,
  })
})

test('planEndpoints() groups Pods by the numbers that a named port has in them', () => {
  const named = { name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' } as const
  const port = (containerPort: number) => [{ name: 'web', containerPort, protocol: 'TCP' }]
  const pods = [
    pod('a', '10.0.0.1', true, port(8081)),
    pod('b', '10.0.0.2', true, port(8080)),
    pod('c', '10.0.0.3', true, []),
  ]
  const { subsets } = planEndpoints(service({ ports: [named] }), pods)
  assert.deepEqual(
    subsets.map(({ addresses, ports }) => [addresses?.map(({ ip }) => ip), ports?.[0]?.port]),
    [
      [['10.0.0.2'], 8080],
      [['10.0.0.1'], 8081],
    ],
  )
})

test('planEndpoints() passes over Pods that have ended, have no address, or are going', () => {
  const going = pod('a', '10.0.0.1')
  const deleted = { ...going, metadata: { ...going.metadata, deletionTimestamp: 'now' } }
  const ended = storedPod('b', { status: { phase: 'Succeeded', podIP: '10.0.0.2' } })
  const pods = [deleted, ended, storedPod('c')]
  assert.deepEqual(planEndpoints(service({ ports: [http] }), pods).subsets, [])
  const eager = service({ ports: [http], publishNotReadyAddresses: true })
  assert.equal(planEndpoints(eager, pods).subsets[0]?.addresses?.length, 1)
})

test('planEndpoints() gives a headless Service without ports the addresses alone', () => {
  const headless = service({ clusterIP: 'None' })
  assert.deepEqual(planEndpoints(headless, [pod('a', '10.0.0.1')]).subsets, [
    { addresses: [address('a', '10.0.0.1')] },
  ])
})

test('planEndpoints() tells at most 1000 addresses, ready ones first', () => {
  const pods = Array.from({ length: ADDRESSES_MAX + 1 }, (_, i) =>
    pod(`p${i}`, `10.0.${i >> 8}.${i & 255}`, i !== 0),
  )
  const { subsets, isTruncated } = planEndpoints(service({ ports: [http] }), pods)
  assert.equal(isTruncated, true)
  assert.equal(subsets[0]?.addresses?.length, ADDRESSES_MAX)
  assert.equal(subsets[0]?.notReadyAddresses, undefined)
})
