import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { unwrap } from '../../../schema/protobuf.ts'
import { ask1, type Answer, type Ask } from '../../../serving/testing.node.ts'
import { httpsTestServer, type HttpsTestServer } from '../testing.node.ts'

const PROTOS = fileURLToPath(new URL('../../../../../shared/reference/proto', import.meta.url))
const skip = !existsSync(PROTOS)
  ? "Kubernetes' .proto files are not there"
  : spawnSync('protoc', ['--version']).status === 0
    ? false
    : 'protoc is not installed'

const ACCEPT = { accept: 'application/vnd.kubernetes.protobuf' }
const CORE = 'k8s.io/api/core/v1'

function ask(api: HttpsTestServer, path: string, request: Ask = {}): Promise<Answer> {
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  return ask1(api.port, path, { ...request, cert, key })
}

function post(api: HttpsTestServer, path: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  return ask(api, path, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** What protoc makes of a message, every field by its name. */
function protoc(file: string, message: string, input: Uint8Array): string {
  const name = `${file.replaceAll('/', '.')}.${message}`
  const args = [`--decode=${name}`, '-I', PROTOS, `${file}/generated.proto`]
  const { status, stdout, stderr } = spawnSync('protoc', args, { input })
  assert.equal(status, 0, stderr.toString())
  const text = stdout.toString()
  assert.doesNotMatch(text, /^\s*\d+(?::| \{)/m, 'a field that Kubernetes does not declare')
  return text
}

test("protoc reads the server's answers by Kubernetes' own declarations", { skip }, async (t) => {
  const api = await httpsTestServer(t)
  const template = {
    metadata: { labels: { app: 'a' } },
    spec: { containers: [{ name: 'a', image: 'a', ports: [{ containerPort: 80 }] }] },
  }
  const objects: readonly (readonly [string, string, string, object])[] = [
    ['/api/v1/namespaces/default/configmaps', CORE, 'ConfigMap', { data: { x: 'é' } }],
    ['/api/v1/namespaces/default/pods', CORE, 'Pod', template],
    [
      '/apis/apps/v1/namespaces/default/deployments',
      'k8s.io/api/apps/v1',
      'Deployment',
      { spec: { selector: { matchLabels: { app: 'a' } }, template } },
    ],
    [
      '/apis/batch/v1/namespaces/default/jobs',
      'k8s.io/api/batch/v1',
      'Job',
      { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } },
    ],
    [
      '/apis/coordination.k8s.io/v1/namespaces/default/leases',
      'k8s.io/api/coordination/v1',
      'Lease',
      { spec: { renewTime: '2020-01-02T03:04:05.678901Z' } },
    ],
  ]
  for (const [path, file, kind, object] of objects) {
    const created = await post(api, path, { ...object, metadata: { name: 'a' } })
    assert.equal(created.status, 201, created.body.toString())
    const envelope = (await ask(api, `${path}/a`, { headers: ACCEPT })).body
    const unknown = protoc('k8s.io/apimachinery/pkg/runtime', 'Unknown', envelope.subarray(4))
    assert.match(unknown, new RegExp(`kind: "${kind}"`))
    assert.match(protoc(file, kind, unwrap(envelope).raw), /metadata \{\n {2}name: "a"/)
    const list = unwrap((await ask(api, path, { headers: ACCEPT })).body)
    assert.equal(list.kind, `${kind}List`)
    assert.match(protoc(file, `${kind}List`, list.raw), /items \{\n {2}metadata \{\n {4}name: "a"/)
  }
})

test('protoc reads a Status', { skip }, async (t) => {
  const api = await httpsTestServer(t)
  const answer = await ask(api, '/api/v1/namespaces/none', { headers: ACCEPT })
  const { raw, kind, apiVersion } = unwrap(answer.body)
  assert.deepEqual([kind, apiVersion], ['Status', 'v1'])
  const text = protoc('k8s.io/apimachinery/pkg/apis/meta/v1', 'Status', raw)
  assert.match(text, /message: "namespaces \\"none\\" not found"/)
})
