import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CertificateSigningRequest } from '../../api/certificates/v1/certificate-signing-request.ts'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { Node } from '../../api/core/v1/node.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { createCertificateRequest } from '../../pki/create-certificate-request.ts'
import { detachedJws } from '../../pki/detached-jws.ts'
import { hasCondition } from '../certificates/requests.ts'
import { bootstrapSigner } from './bootstrap-signer.ts'
import { kubeletServingApprover } from './kubelet-serving-approver.ts'
import { tokenCleaner } from './token-cleaner.ts'

const crypto = nodeCrypto()
const INFO = { namespace: 'kube-public', name: 'cluster-info' }

function token(id: string, data: Readonly<Record<string, string>> = {}) {
  return {
    metadata: { namespace: 'kube-system', name: `bootstrap-token-${id}` },
    type: 'bootstrap.kubernetes.io/token',
    stringData: {
      'token-id': id,
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-signing': 'true',
      ...data,
    },
  }
}

test('detachedJws() is what jose verifies', async () => {
  const { flattenedVerify } = await import('jose')
  const secret = '0123456789abcdef'
  const [header = '', , signature = ''] = detachedJws(crypto, 'text', {
    id: 'abcdef',
    secret,
  }).split('.')
  const payload = Buffer.from('text').toString('base64url')
  const key = new TextEncoder().encode(secret)
  const verified = await flattenedVerify({ protected: header, payload, signature }, key)
  assert.deepEqual(verified.protectedHeader, { alg: 'HS256', kid: 'abcdef' })
})

test('cluster-info is signed with the tokens that there are', async () => {
  await using cluster = await testCluster([bootstrapSigner({ crypto })])
  const { client } = cluster
  const data = { kubeconfig: 'how', 'jws-kubeconfig-gone00': 'x', other: 'stays' }
  await client.create(ConfigMap, { metadata: INFO, data })
  await client.create(Secret, token('aaaaaa'))
  await client.create(Secret, token('bbbbbb', { 'usage-bootstrap-signing': 'false' }))
  await client.create(Secret, token('cccccc', { expiration: '2020-01-01T00:00:00Z' }))
  await client.create(Secret, { ...token('dddddd'), type: 'Opaque' })
  await cluster.settle()
  const signature = (text: string): string =>
    detachedJws(crypto, text, { id: 'aaaaaa', secret: '0123456789abcdef' })
  const signed = await client.get(ConfigMap, INFO)
  assert.deepEqual(signed.data, {
    kubeconfig: 'how',
    other: 'stays',
    'jws-kubeconfig-aaaaaa': signature('how'),
  })
  await client.update(ConfigMap, { ...signed, data: { ...signed.data, kubeconfig: 'anew' } })
  await cluster.settle()
  const again = await client.get(ConfigMap, INFO)
  assert.equal(again.data?.['jws-kubeconfig-aaaaaa'], signature('anew'))
  await client.delete(Secret, { namespace: 'kube-system', name: 'bootstrap-token-aaaaaa' })
  await cluster.settle()
  assert.deepEqual((await client.get(ConfigMap, INFO)).data, { kubeconfig: 'anew', other: 'stays' })
})

test('tokens go when they have expired, and none before', async () => {
  await using cluster = await testCluster([tokenCleaner])
  const { client, clock } = cluster
  const expiration = new Date(clock.now() + 60_000).toISOString()
  await client.create(Secret, token('aaaaaa', { expiration }))
  await client.create(Secret, token('bbbbbb'))
  await client.create(Secret, token('cccccc', { expiration: 'nonsense' }))
  await client.create(Secret, {
    ...token('dddddd', { expiration: '2020-01-01T00:00:00Z' }),
    type: 'Opaque',
  })
  await cluster.settle()
  const names = async (): Promise<readonly string[]> =>
    (await client.list(Secret)).items.map(({ metadata }) => metadata.name.slice(-6))
  assert.deepEqual(await names(), ['aaaaaa', 'bbbbbb', 'dddddd'])
  await clock.advance(61_000)
  assert.deepEqual(await names(), ['bbbbbb', 'dddddd'])
})

const NODE = 'system:node:a'
interface Asked {
  readonly commonName?: string
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
}

// What node a says of itself, whatever it may be.
const CLAIMED_NAMES = [
  'a.example.com',
  '*.default.svc',
  '*.svc',
  'KUBERNETES',
  '*.default.svc.cluster.local',
  'B',
]
const CLAIMED_ADDRESSES = ['127.0.0.1', '::ffff:a00:2']

const REQUESTS: readonly (readonly [string, boolean, Asked])[] = [
  ['its own name and address', true, {}],
  ['the address of another node', false, { ipAddresses: ['10.0.0.2'] }],
  ['an address that it has not', false, { ipAddresses: ['10.0.0.9'] }],
  ['loopback', false, { ipAddresses: ['127.0.0.1'] }],
  ["the API server's name", false, { dnsNames: ['kubernetes'] }],
  ['a name that it gave itself', true, { dnsNames: ['a.example.com'] }],
  ['a wildcard for Services', false, { dnsNames: ['*.default.svc'] }],
  ['a wildcard for namespaces', false, { dnsNames: ['*.svc'] }],
  ["the API server's name in capitals", false, { dnsNames: ['KUBERNETES'] }],
  ['a wildcard for full names', false, { dnsNames: ['*.default.svc.cluster.local'] }],
  ["another node's name in capitals", false, { dnsNames: ['B'] }],
  ["another node's address, mapped", false, { ipAddresses: ['::ffff:a00:2'] }],
  ['another name', false, { dnsNames: ['b'] }],
  ['a subject that is not who asks', false, { commonName: 'system:node:b' }],
]

for (const [what, isApproved, { commonName = NODE, ...names }] of REQUESTS) {
  test(`a node asks for a serving certificate: ${what}`, async () => {
    await using cluster = await testCluster([kubeletServingApprover])
    const { client } = cluster
    const claimed = [
      ...CLAIMED_NAMES.map((each) => ({ type: 'InternalDNS', address: each })),
      ...CLAIMED_ADDRESSES.map((each) => ({ type: 'InternalIP', address: each })),
    ]
    for (const [name, address] of [
      ['a', '10.0.0.1'],
      ['b', '10.0.0.2'],
    ] as const) {
      const addresses = [{ type: 'InternalIP', address }, ...(name === 'a' ? claimed : [])]
      await client.create(Node, { metadata: { name }, status: { addresses } })
    }
    const subject = { commonName, organizations: ['system:nodes'] }
    const { privateKey } = crypto.generateKeyPair('ES256')
    const pem = createCertificateRequest(crypto, privateKey, subject, {
      dnsNames: ['a'],
      ipAddresses: ['10.0.0.1'],
      ...names,
    })
    const asked = cluster.clientFor({ name: NODE, groups: ['system:nodes'] })
    await asked.create(CertificateSigningRequest, {
      metadata: { name: 'csr' },
      spec: {
        request: Buffer.from(pem).toString('base64'),
        signerName: 'kubernetes.io/kubelet-serving',
        usages: ['digital signature', 'server auth'],
      },
    })
    await cluster.settle()
    const request = await client.get(CertificateSigningRequest, { name: 'csr' })
    assert.equal(hasCondition(request, 'Approved'), isApproved)
  })
}
