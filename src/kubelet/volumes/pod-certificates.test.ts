import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PodCertificateRequest } from '../../api/certificates/v1beta1/pod-certificate-request.ts'
import { Namespace } from '../../api/core/v1/namespace.ts'
import { Node } from '../../api/core/v1/node.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { ServiceAccount } from '../../api/core/v1/service-account.ts'
import { kubernetesFeatures } from '../../api/features.ts'
import { servedResources } from '../../api/served-resources.ts'
import { testApiServer } from '../../apiserver/testing.ts'
import { timestampOf } from '../../base/clock.ts'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/random.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { createClient } from '../../client/create-client.ts'
import { createInformers } from '../../client/shared-informers.ts'
import { encodePem } from '../../pki/pem.ts'
import { PodCertificates } from './pod-certificates.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const NOT_YET = { message: 'credential bundle is not issued yet' }
const PROJECTION = { signerName: 'example.com/s', keyType: 'ED25519' }

/** An API server with a Pod of a node, whose agent asks for certificates; the test is the signer. */
async function setUp() {
  await using stack = new AsyncDisposableStack()
  const clock = virtualClock()
  const features = kubernetesFeatures({ PodCertificateRequest: true })
  const served = await servedResources({ 'api/all': true }, features)
  const api = stack.use(await testApiServer({ clock, features, served }))
  const client = createClient(api.transport)
  const shared = { client, clock, random: seededRandom(1), logger: silentLogger }
  const informers = stack.use(createInformers(shared))
  const nodes = informers.informer(Node)
  informers.start()
  await client.create(Namespace, { metadata: { name: 'n' } })
  await client.create(ServiceAccount, { metadata: { namespace: 'n', name: 'default' } })
  await client.create(Node, { metadata: { name: 'node' } })
  await nodes.waitForSync()
  await nodes.catchUp()
  const told: string[] = []
  let keys = 0
  const state = { isDown: false }
  const certificates = new PodCertificates({
    ...shared,
    informers,
    nodes,
    nodeName: 'node',
    recorder: {
      normal: () => undefined,
      warning: (_, reason, message) => void told.push(`${reason} ${message}`),
      flush: async () => undefined,
    },
    async makeKey() {
      if (state.isDown) throw new Error('connect ECONNREFUSED')
      return { keyPem: `key ${++keys}\n`, request: Uint8Array.of(keys) }
    },
    changed: () => undefined,
  })
  const pod = {
    metadata: { uid: 'u', namespace: 'n', name: 'p' },
    spec: { serviceAccountName: 'default' },
  } as Pod
  const pending = async (): Promise<readonly PodCertificateRequest[]> => {
    const { items } = await client.list(PodCertificateRequest)
    return items.filter(({ status }) => status.conditions === undefined)
  }
  const owned = stack.move()
  return {
    clock,
    client,
    told,
    state,
    pending,
    states: () => certificates.list().map(({ signerName, state }) => `${signerName} ${state}`),
    get: () => certificates.get({ pod, volumeName: 'v', index: 0 }, PROJECTION),
    /** The signer decides about the only request that waits. */
    async decide(type: 'Issued' | 'Denied' | 'Failed'): Promise<void> {
      const [request, ...others] = await pending()
      assert.deepEqual(others, [])
      const at = (ms: number): string => timestampOf(clock.now() + ms)
      const issued = {
        certificateChain: `noise\n${encodePem('CERTIFICATE', Uint8Array.of(keys))}`,
        notBefore: at(0),
        beginRefreshAt: at(HOUR_MS),
        notAfter: at(2 * HOUR_MS),
      }
      const condition = { type, status: 'True', reason: 'R', message: 'm' } as const
      await client.updateStatus(PodCertificateRequest, {
        ...request!,
        status: {
          conditions: [{ ...condition, lastTransitionTime: at(0) }],
          ...(type === 'Issued' && issued),
        },
      })
      await informers
        .informer(PodCertificateRequest, { fieldSelector: 'spec.nodeName=node' })
        .catchUp()
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

test('PodCertificates ask for the node and its Pod, and again when the signer says so', async () => {
  await using t = await setUp()
  await assert.rejects(t.get(), NOT_YET)
  await assert.rejects(t.get(), NOT_YET)
  const [{ metadata, spec }] = (await t.pending()) as readonly [PodCertificateRequest]
  assert.equal(metadata.namespace, 'n')
  assert.equal(metadata.ownerReferences?.[0]?.uid, 'u')
  const { signerName, podName, podUID, nodeName, serviceAccountName, stubPKCS10Request } = spec
  assert.deepEqual(
    { signerName, podName, podUID, nodeName, serviceAccountName, stubPKCS10Request },
    {
      signerName: 'example.com/s',
      podName: 'p',
      podUID: 'u',
      nodeName: 'node',
      serviceAccountName: 'default',
      stubPKCS10Request: Uint8Array.of(1).toBase64(),
    },
  )

  const issuedAtMs = t.clock.now()
  await t.decide('Issued')
  const first = await t.get()
  assert.equal(first.keyPem, 'key 1\n')
  assert.equal(first.chainPem, encodePem('CERTIFICATE', Uint8Array.of(1)))
  const lookAtMs = first.lookAtMs! - issuedAtMs
  assert.ok(lookAtMs >= HOUR_MS && lookAtMs < HOUR_MS + 5 * MINUTE_MS)

  await t.clock.advance(HOUR_MS + 5 * MINUTE_MS)
  assert.equal((await t.get()).keyPem, 'key 1\n') // It is good until the next one is there.
  await t.decide('Issued')
  assert.equal((await t.get()).keyPem, 'key 2\n')
  assert.deepEqual(t.told, [])
})

test('PodCertificates keep what they have where nobody can be asked, and try again', async () => {
  await using t = await setUp()
  await assert.rejects(t.get(), NOT_YET)
  await t.decide('Issued')
  await t.clock.advance(HOUR_MS + 5 * MINUTE_MS)
  t.state.isDown = true
  const { keyPem, lookAtMs } = await t.get()
  assert.equal(keyPem, 'key 1\n')
  assert.equal(lookAtMs, t.clock.now() + MINUTE_MS)
  t.state.isDown = false
  await t.get()
  await t.decide('Issued')
  assert.equal((await t.get()).keyPem, 'key 2\n')
})

test('PodCertificates tell once that a certificate is overdue, and that it has expired', async () => {
  await using t = await setUp()
  await assert.rejects(t.get(), NOT_YET)
  assert.deepEqual(t.states(), ['example.com/s not_yet_issued'])
  await t.decide('Issued')
  await t.get()
  assert.deepEqual(t.states(), ['example.com/s fresh'])
  await t.clock.advance(HOUR_MS + 15 * MINUTE_MS)
  assert.deepEqual(t.states(), ['example.com/s overdue_for_refresh'])
  await t.get()
  const { lookAtMs } = await t.get()
  assert.deepEqual(t.told, ['CertificateOverdueForRefresh PodCertificate refresh overdue'])
  await t.clock.advance(lookAtMs! - t.clock.now())
  assert.equal((await t.get()).lookAtMs, undefined)
  assert.deepEqual(t.told.slice(1), ['CertificateExpired PodCertificate expired'])
  assert.deepEqual(t.states(), ['example.com/s expired'])
})

test('PodCertificates give up where the signer denies or fails', async () => {
  for (const [type, event, how] of [
    ['Denied', 'was denied', 'denied'],
    ['Failed', 'failed', 'failed'],
  ] as const) {
    await using t = await setUp()
    await assert.rejects(t.get(), NOT_YET)
    const [request] = await t.pending()
    await t.decide(type)
    const message = `PodCertificateRequest was permanently ${how}: reason="R" message="m"`
    await assert.rejects(t.get(), { message })
    await assert.rejects(t.get(), { message })
    assert.deepEqual(t.states(), [`example.com/s ${how}`])
    assert.deepEqual(await t.pending(), [])
    const name = `n/${request!.metadata.name}`
    assert.deepEqual(t.told, [
      `${type} PodCertificateRequest ${name} ${event}, reason="R", message="m"`,
    ])
  }
})

test('PodCertificates ask again where somebody removed the request', async () => {
  await using t = await setUp()
  await assert.rejects(t.get(), NOT_YET)
  const [request] = await t.pending()
  await t.client.delete(PodCertificateRequest, request!.metadata)
  for (let asked = 1; asked < 100 && (await t.pending()).length === 0; asked++)
    await assert.rejects(t.get(), NOT_YET)
  await t.decide('Issued')
  assert.equal((await t.get()).keyPem, 'key 2\n')
})
