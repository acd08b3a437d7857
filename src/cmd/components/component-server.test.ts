import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publishAuthentication } from '../../apiserver/identity/cluster-information.ts'
import { startSecureTestServer } from '../../apiserver/testing-secure.node.ts'
import { eventually } from '../../base/async-eventually.node.ts'
import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/random.ts'
import { ask1, testPki, type Answer } from '../../serving/testing.node.ts'
import { componentMetrics } from './component.node.ts'
import { serveComponent } from './component-server.node.ts'
import { servingOf } from './serving-flags.node.ts'

const MANAGER = { name: 'system:kube-controller-manager', groups: ['system:authenticated'] }
const PLATFORM = {
  clock: systemClock,
  random: seededRandom(1),
  crypto: nodeCrypto(),
  logger: silentLogger,
}
const FLAGS = { securePort: '10257', bindAddress: '127.0.0.1' }

test('a component serves its health to all, and its metrics to whom the API server allows them', async () => {
  const pki = testPki()
  await using api = await startSecureTestServer()
  await publishAuthentication(api.client(), { clientCaPem: pki.ca.certPem })
  const metrics = componentMetrics()
  metrics.observe('127.0.0.1:6443').attempted('GET', 200)
  const options = {
    ...PLATFORM,
    ...servingOf(FLAGS, PLATFORM)!,
    port: 0,
    client: api.client(MANAGER),
    metrics,
    ownProcess: false,
  }
  await using served = await serveComponent(options)
  await assert.rejects(serveComponent({ ...options, port: served.port }), {
    name: 'UserError',
    message: /^Cannot listen on 127\.0\.0\.1:\d+: .*; choose another port with --secure-port\.$/,
  })
  const get = (path: string, headers = {}, credential?: { certPem: string; keyPem: string }) =>
    ask1(served.port, path, {
      headers,
      ...(credential && { cert: credential.certPem, key: credential.keyPem }),
    })
  const said = ({ status, body }: Answer): unknown => [
    status,
    (JSON.parse(body.toString()) as { message: string }).message,
  ]
  for (const path of ['/healthz', '/livez', '/readyz']) {
    const { status, body } = await get(path)
    assert.deepEqual([status, body.toString()], [200, 'ok'])
  }
  assert.deepEqual(said(await get('/metrics')), [
    403,
    'forbidden: User "system:anonymous" cannot get path "/metrics"',
  ])
  assert.deepEqual(said(await get('/metrics', { authorization: 'Bearer x' })), [
    401,
    'Unauthorized',
  ])
  assert.equal((await get('/metrics', {}, pki.controllerManager)).status, 403)
  // The authorities of clients are followed.
  const { body } = await eventually(async () => {
    const answer = await get('/metrics', {}, pki.superAdmin)
    return answer.status === 200 && answer
  })
  const text = body.toString()
  assert.match(
    text,
    /^rest_client_requests_total\{code="200",method="GET",host="127.0.0.1:6443"\} 1$/m,
  )
  const slis = await get('/metrics/slis', {}, pki.superAdmin)
  assert.match(slis.body.toString(), /^kubernetes_healthcheck\{name="ping",type="livez"\} 1$/m)
  assert.equal((await get('/else', {}, pki.superAdmin)).status, 404)
})

test('servingOf() reads where a component serves', () => {
  const refused = (flags: object, message: RegExp): void =>
    assert.throws(() => servingOf({ ...FLAGS, ...flags }, PLATFORM), { message, exitCode: 2 })
  assert.equal(servingOf({ ...FLAGS, securePort: '0' }, PLATFORM), undefined)
  assert.equal(servingOf(FLAGS, PLATFORM)!.port, 10_257)
  refused({ securePort: '65536' }, /^--secure-port 65536 is not a whole number up to 65535\.$/)
  refused({ bindAddress: 'here' }, /^--bind-address here is no IP address\.$/)
  refused({ tlsCertFile: '/x' }, /belong together: name both\.$/)
})
