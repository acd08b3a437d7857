import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { test } from 'node:test'
import { eventually } from '../../base/async-eventually.node.ts'
import { ask1, type Answer } from '../../serving/testing.node.ts'
import { serverMetrics } from '../metrics/server-metrics.ts'
import type { Stage } from '../pipeline/call.ts'
import { httpsTestServer, type HttpsTestServer } from './testing.node.ts'

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'

/** Requests over HTTP that stay on their way until the test lets them go; those of the test itself pass. */
function holding() {
  const released = Promise.withResolvers<void>()
  let held = 0
  const stage: Stage = (next) => async (call) => {
    if (call.user.name === 'held') {
      held += 1
      await released.promise
    }
    return next(call)
  }
  return { stage, release: released.resolve, held: () => held }
}

function ask(api: HttpsTestServer, path: string, method = 'GET'): Promise<Answer> {
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  const body = JSON.stringify({ metadata: { generateName: 'a' } })
  const headers = {
    'impersonate-user': 'held',
    'impersonate-group': 'system:authenticated',
    ...(method === 'POST' && { 'content-type': 'application/json' }),
  }
  return ask1(api.port, path, { method, cert, key, headers, ...(method === 'POST' && { body }) })
}

function statusOf({ body }: Answer): { readonly reason: string; readonly message: string } {
  return JSON.parse(body.toString()) as never
}

test('HTTP: a request that takes longer than its timeout says ends with 504, and is counted', async (t) => {
  const { stage, release } = holding()
  const metrics = serverMetrics()
  const api = await httpsTestServer(t, { stages: [stage], metrics })
  const answer = await ask(api, `${CONFIG_MAPS}?timeout=10ms`)
  release()
  assert.equal(answer.status, 504)
  assert.equal(statusOf(answer).reason, 'Timeout')
  const text = await metrics.set.text()
  assert.match(text, /^apiserver_request_terminations_total\{verb="LIST",.*code="504"\} 1$/m)
})

test('HTTP: no write takes longer than the server lets it, whatever it says', async (t) => {
  const { stage, release } = holding()
  const api = await httpsTestServer(t, { stages: [stage], requestTimeoutLimitMs: 10 })
  for (const query of ['', '?timeout=1h', '?timeout=0']) {
    assert.equal((await ask(api, CONFIG_MAPS + query, 'POST')).status, 504, query)
  }
  release()
})

test('HTTP: a timeout that is none is refused', async (t) => {
  const api = await httpsTestServer(t)
  for (const timeout of ['x', '-1s', '10']) {
    const answer = await ask(api, `${CONFIG_MAPS}?timeout=${timeout}`)
    assert.equal(answer.status, 400)
    assert.match(statusOf(answer).message, /^invalid timeout specified in the request URL/)
    assert.equal((await ask(api, `${CONFIG_MAPS}?timeout=${timeout}`, 'POST')).status, 400)
  }
  const list = await ask(api, CONFIG_MAPS)
  assert.deepEqual((JSON.parse(list.body.toString()) as { items: unknown[] }).items, [])
})

test('HTTP: a body that does not come is waited for no longer than for an answer', async (t) => {
  const api = await httpsTestServer(t, { requestTimeoutLimitMs: 10 })
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  const headers = { 'content-type': 'application/json', 'content-length': 100 }
  const at = { host: '127.0.0.1', port: api.port, path: CONFIG_MAPS, ca: api.pki.ca.certPem }
  const request = httpsRequest({ ...at, method: 'POST', cert, key, headers, agent: false })
  t.after(() => request.destroy())
  request.write('{')
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  assert.equal(response.statusCode, 504)
  assert.equal(response.headers.connection, 'close')
})

test('HTTP: beyond the limits of requests in flight there is 429 with Retry-After, reads and writes each', async (t) => {
  const { stage, release, held } = holding()
  const inFlightLimits = { reads: 1, writes: 2 }
  const api = await httpsTestServer(t, { stages: [stage], inFlightLimits })
  const read = ask(api, CONFIG_MAPS)
  const writes = [ask(api, CONFIG_MAPS, 'POST'), ask(api, CONFIG_MAPS, 'POST')]
  await eventually(() => held() === 3)
  for (const method of ['GET', 'POST']) {
    const refused = await ask(api, CONFIG_MAPS, method)
    assert.equal(refused.status, 429)
    assert.equal(refused.headers['retry-after'], '1')
    assert.equal(statusOf(refused).message, 'Too many requests, please try again later.')
  }
  release()
  assert.equal((await read).status, 200)
  assert.deepEqual(
    (await Promise.all(writes)).map(({ status }) => status),
    [201, 201],
  )
  assert.equal((await ask(api, CONFIG_MAPS)).status, 200)
})
