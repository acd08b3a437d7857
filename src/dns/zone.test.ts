import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { EndpointSlice } from '../api/discovery/v1/endpoint-slice.ts'
import type { Service } from '../api/core/v1/service.ts'
import { answerFromZone, type ClusterView } from './zone.ts'

const options = { domain: 'cluster.local', ttlSeconds: 5 }

const web = service('web', {
  clusterIP: '10.96.0.20',
  clusterIPs: ['10.96.0.20', 'fd00::20'],
  ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
})
const db = service('db', {
  clusterIP: 'None',
  clusterIPs: ['None'],
  ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
})
const ext = service('ext', { type: 'ExternalName', externalName: 'example.com.' })
const dbSlice = {
  metadata: { name: 'db-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'db' } },
  addressType: 'IPv4',
  endpoints: [
    { addresses: ['10.244.0.5'], hostname: 'db-0', conditions: { ready: true } },
    { addresses: ['10.244.0.6'], conditions: { ready: true } },
    { addresses: ['10.244.0.7'], conditions: { ready: false } },
  ],
  ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
} as unknown as EndpointSlice

const view: ClusterView = {
  service: (namespace, name) =>
    namespace === 'default'
      ? [web, db, ext].find((each) => each.metadata.name === name)
      : undefined,
  // The second is the same, as it is while endpoints move.
  slices: (_namespace, name) => (name === 'db' ? [dbSlice, dbSlice] : []),
  hasServices: (name) => name === 'default',
  serviceByAddress: (address) => (web.spec.clusterIPs!.includes(address) ? web : undefined),
  slicesByAddress: (address) => (address.startsWith('10.244.0.') ? [dbSlice] : []),
}

function service(name: string, spec: unknown): Service {
  return { metadata: { name, namespace: 'default' }, spec } as unknown as Service
}

/** The answers as `TYPE DATA`, or what was said instead. */
function ask(name: string, type: string): string[] | string {
  const answer = answerFromZone(name, type, view, options)
  if (answer.kind === 'found' || answer.kind === 'alias') {
    return answer.answers.map(
      (record) =>
        `${record.type} ${typeof record.data === 'string' ? record.data : JSON.stringify(record.data)}`,
    )
  }
  return answer.kind
}

const CASES: readonly (readonly [string, string, string[] | string])[] = [
  ['web.default.svc.cluster.local', 'A', ['A 10.96.0.20']],
  ['WEB.Default.svc.cluster.LOCAL', 'A', ['A 10.96.0.20']],
  ['web.default.svc.cluster.local', 'AAAA', ['AAAA fd00::20']],
  ['web.default.svc.cluster.local', 'MX', 'noData'],
  ['gone.default.svc.cluster.local', 'A', 'noName'],
  ['----.default.pod.cluster.local', 'AAAA', 'noName'],
  ['web.nowhere.svc.cluster.local', 'A', 'noName'],
  ['default.svc.cluster.local', 'A', 'noData'],
  ['svc.cluster.local', 'A', 'noData'],
  [
    '_http._tcp.web.default.svc.cluster.local',
    'SRV',
    ['SRV {"priority":0,"weight":100,"port":80,"target":"web.default.svc.cluster.local"}'],
  ],
  ['_http._udp.web.default.svc.cluster.local', 'SRV', 'noName'],
  ['db.default.svc.cluster.local', 'A', ['A 10.244.0.5', 'A 10.244.0.6']],
  ['db-0.db.default.svc.cluster.local', 'A', ['A 10.244.0.5']],
  ['10-244-0-6.db.default.svc.cluster.local', 'A', ['A 10.244.0.6']],
  ['db-9.db.default.svc.cluster.local', 'A', 'noName'],
  [
    '_sql._tcp.db.default.svc.cluster.local',
    'SRV',
    [
      'SRV {"priority":0,"weight":100,"port":5432,"target":"db-0.db.default.svc.cluster.local"}',
      'SRV {"priority":0,"weight":100,"port":5432,"target":"10-244-0-6.db.default.svc.cluster.local"}',
    ],
  ],
  ['ext.default.svc.cluster.local', 'A', ['CNAME example.com']],
  ['10-1-2-3.default.pod.cluster.local', 'A', ['A 10.1.2.3']],
  ['nonsense.default.pod.cluster.local', 'A', 'noName'],
  ['20.0.96.10.in-addr.arpa', 'PTR', ['PTR web.default.svc.cluster.local']],
  [`0.2.${'0.'.repeat(28)}d.f.ip6.arpa`, 'PTR', ['PTR web.default.svc.cluster.local']],
  [`zz.${'0.'.repeat(29)}d.f.ip6.arpa`, 'PTR', 'foreign'],
  ['5.0.244.10.in-addr.arpa', 'PTR', ['PTR db-0.db.default.svc.cluster.local']],
  ['1.1.168.192.in-addr.arpa', 'PTR', 'foreign'],
  ['dns-version.cluster.local', 'TXT', ['TXT 1.1.0']],
  ['example.com', 'A', 'foreign'],
]

for (const [name, type, expected] of CASES) {
  test(`answerFromZone() answers ${type} ${name}`, () => {
    assert.deepEqual(ask(name, type), expected)
  })
}
