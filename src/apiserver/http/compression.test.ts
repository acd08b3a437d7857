import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { kubernetesFeatures } from '../../api/features.ts'
import { ask1, type Answer } from '../../serving/testing.node.ts'
import { respondGzipped } from '../../serving/gzip.node.ts'
import { ResourceCalls } from '../testing.node.ts'
import { httpsTestServer, type HttpsTestServer } from './testing.node.ts'

const PATH = '/api/v1/namespaces/default/configmaps'
const KIB = 1024

function get({ port, pki }: HttpsTestServer, path: string, accepted: string): Promise<Answer> {
  const { certPem: cert, keyPem: key } = pki.superAdmin
  return ask1(port, path, { headers: { 'accept-encoding': accepted }, cert, key })
}

async function fill({ transport }: HttpsTestServer): Promise<void> {
  const calls = new ResourceCalls(transport, 'v1', 'configmaps', 'default')
  for (const name of ['a', 'b']) {
    await calls.create({ metadata: { name }, data: { x: 'x'.repeat(70 * KIB) } })
  }
}

test('HTTP: long answers are compressed for who takes gzip', async (t) => {
  const api = await httpsTestServer(t, { respond: respondGzipped })
  await fill(api)
  const list = await get(api, PATH, 'deflate, gzip')
  assert.equal(list.headers['content-encoding'], 'gzip')
  assert.equal(list.headers.vary, 'Accept-Encoding')
  assert.equal(
    (JSON.parse(gunzipSync(list.body).toString()) as { items: object[] }).items.length,
    2,
  )
  const plain = [await get(api, PATH, 'identity'), await get(api, `${PATH}/a`, 'gzip')]
  for (const { headers } of plain) assert.equal(headers['content-encoding'], undefined)
})

test('HTTP: nothing is compressed where the feature is off', async (t) => {
  const features = kubernetesFeatures({ APIResponseCompression: false })
  const api = await httpsTestServer(t, { respond: respondGzipped, features })
  await fill(api)
  const { headers } = await get(api, PATH, 'gzip')
  assert.equal(headers['content-encoding'], undefined)
})
