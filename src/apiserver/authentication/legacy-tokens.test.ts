import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../base/async-eventually.node.ts'
import { ask1, testServer } from '../../serving/testing.node.ts'
import { startSecureTestServer, type SecureTestServer } from '../testing-secure.node.ts'

const PATH = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

/** An account with a token in a Secret. */
async function setUp(api: SecureTestServer): Promise<string> {
  const accounts = api.calls('v1', 'serviceaccounts', 'default')
  const { metadata } = await accounts.create({ metadata: { name: 'robot' } })
  const token = api.tokens.signLegacy({
    namespace: 'default',
    serviceAccount: { name: 'robot', uid: metadata.uid! },
    secretName: 'robot-token',
  })
  await api.calls('v1', 'secrets', 'default').create({
    metadata: {
      name: 'robot-token',
      annotations: { 'kubernetes.io/service-account.name': 'robot' },
    },
    type: 'kubernetes.io/service-account-token',
    stringData: { token },
  })
  return token
}

test('a token in a Secret is noted as used, and one that nobody asked for comes with a warning', async (t) => {
  await using api = await startSecureTestServer()
  const token = await setUp(api)
  const { server } = await testServer(t, api.server.handle)
  const ask = async (): Promise<readonly [number, unknown]> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const { status, headers: answered } = await ask1(server.port, PATH, {
      method: 'POST',
      headers,
      body: '{}',
    })
    return [status, answered['warning']]
  }
  assert.deepEqual(await ask(), [201, undefined])
  const secrets = api.calls('v1', 'secrets', 'default')
  const today = new Date().toISOString().slice(0, 10)
  await eventually(async () => {
    const { labels } = (await secrets.get('robot-token')).metadata
    return labels?.['kubernetes.io/legacy-token-last-used'] === today
  })
  const accounts = api.calls('v1', 'serviceaccounts', 'default')
  await accounts.patch('robot', { secrets: [{ name: 'robot-token' }] })
  const [status, warning] = await ask()
  assert.equal(status, 201)
  assert.match(String(warning), /^299 - "Use tokens from the TokenRequest API/)

  const since = { 'kubernetes.io/legacy-token-invalid-since': today }
  await secrets.patch('robot-token', { metadata: { labels: since } })
  assert.equal((await ask())[0], 401)
  await secrets.delete('robot-token')
  assert.equal((await ask())[0], 401)
})

test('since when uses are noted is noted too, once', async () => {
  await using api = await startSecureTestServer()
  const { data } = (await api
    .calls('v1', 'configmaps', 'kube-system')
    .get('kube-apiserver-legacy-service-account-token-tracking')) as unknown as {
    readonly data: { readonly since: string }
  }
  assert.equal(data.since, new Date().toISOString().slice(0, 10))
})
