import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { nodeBackends } from '../../../src/apiserver/connect/backends.node.ts'
import { DISTANT, nearBackends } from '../../../src/apiserver/connect/testing.ts'
import { httpsTestServer } from '../../../src/apiserver/http/testing.node.ts'
import { ResourceCalls } from '../../../src/apiserver/testing.node.ts'
import { ask1, testPki, type Answer, type Ask } from '../../../src/serving/testing.node.ts'
import { serverIdentity } from '../../../src/streams/testing-identity.node.ts'
import { testServer } from '../../../src/streams/testing-pod-server.node.ts'
import { conformance } from '../conformance.ts'

const NAMESPACE = '/api/v1/namespaces/default'
const METHODS = ['DELETE', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'GET', 'HEAD']

/** Says what it was asked, as agnhost's porter does. */
async function porter(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url } = request
  if (url === '/rewriteme') {
    response.setHeader('content-type', 'text/html')
    response.end('<a href="/rewriteme">test</a>')
    return
  }
  response.end(JSON.stringify({ Method: method, Path: url, Body: await text(request) }))
}

/** An API server before a Pod `porter` and a Service of that name, whose ports `http` and `https` lead to the porter. */
async function proxied(t: TestContext): Promise<(path: string, ask?: Ask) => Promise<Answer>> {
  const identity = serverIdentity()
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    porter(request, response).catch(() => void response.destroy())
  }
  const plain = await testServer(() => undefined, { onRequest: answer })
  const secure = await testServer(() => undefined, { onRequest: answer, identity })
  t.after(() => Promise.all([plain[Symbol.asyncDispose](), secure[Symbol.asyncDispose]()]))
  const { apiServerKubeletClient: kubeletClient } = testPki()
  const backends = nodeBackends({ kubeletClient, kubeletCaPem: identity.ca })
  t.after(() => backends[Symbol.dispose]())
  const { transport, port, pki } = await httpsTestServer(t, { backends: nearBackends(backends) })

  const calls = (groupVersion: string, resource: string): ResourceCalls =>
    new ResourceCalls(transport, groupVersion, resource, 'default')
  const ports = [
    { name: 'http', containerPort: plain.port },
    { name: 'https', containerPort: secure.port },
  ]
  const containers = [{ name: 'c', image: 'i', ports }]
  await calls('v1', 'pods').create({ metadata: { name: 'porter' }, spec: { containers } })
  const status = { podIP: DISTANT }
  await calls('v1', 'pods').patch('porter', { status }, { subresource: 'status' })
  await calls('v1', 'services').create({
    metadata: { name: 'porter' },
    spec: {
      ports: [
        { name: 'http', port: 80 },
        { name: 'https', port: 443 },
      ],
    },
  })
  await calls('discovery.k8s.io/v1', 'endpointslices').create({
    metadata: { name: 'porter', labels: { 'kubernetes.io/service-name': 'porter' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [DISTANT], conditions: { ready: true } }],
    ports: ports.map(({ name, containerPort }) => ({ name, port: containerPort })),
  })
  const { certPem: cert, keyPem: key } = pki.superAdmin
  return (path, ask) =>
    ask1(port, `${NAMESPACE}/${path.replace('HTTPS_PORT', String(secure.port))}`, {
      cert,
      key,
      ...ask,
    })
}

function saidOf({ body }: Answer): { readonly Method: string; readonly Path: string } {
  return JSON.parse(body.toString()) as { readonly Method: string; readonly Path: string }
}

conformance(
  '[sig-network] Proxy version v1 should proxy through a service and a pod [Conformance]',
  async (t) => {
    const ask = await proxied(t)
    const places = [
      'pods/porter/proxy',
      'pods/https:porter:HTTPS_PORT/proxy',
      'services/porter:http/proxy',
      'services/porter:80/proxy',
      'services/http:porter:http/proxy',
      'services/https:porter:https/proxy',
      'services/https:porter:443/proxy',
    ]
    for (const place of places) {
      assert.equal(saidOf(await ask(`${place}/a/b%2Fc?d=e`)).Path, '/a/b%2Fc?d=e', place)
    }
    for (const place of ['pods/porter/proxy', 'services/porter:http/proxy']) {
      const page = (await ask(`${place}/rewriteme`)).body.toString()
      assert.equal(page, `<a href="${NAMESPACE}/${place}/rewriteme">test</a>`)
    }
  },
)

conformance(
  '[sig-network] Proxy version v1 A set of valid responses are returned for both pod and service ProxyWithPath [Conformance]',
  async (t) => {
    const ask = await proxied(t)
    for (const place of ['pods/porter/proxy', 'services/porter:http/proxy']) {
      for (const method of METHODS) {
        const answer = await ask(`${place}/some/path/with/${method}`, { method })
        assert.equal(answer.status, 200, `${method} ${place}`)
        if (method !== 'HEAD') assert.equal(saidOf(answer).Method, method)
      }
    }
  },
)

conformance(
  '[sig-network] Proxy version v1 A set of valid responses are returned for both pod and service Proxy [Conformance]',
  async (t) => {
    const ask = await proxied(t)
    for (const place of ['pods/porter/proxy', 'services/porter:http/proxy']) {
      for (const method of METHODS) {
        const answer = await ask(`${place}?method=${method}`, { method })
        if (method === 'GET' || method === 'HEAD') {
          assert.equal(answer.status, 301)
          assert.equal(answer.headers.location, `${NAMESPACE}/${place}/?method=${method}`)
        } else assert.equal(saidOf(answer).Method, method)
      }
    }
    const body = 'x'.repeat(300_000)
    const echoed = await ask('pods/porter/proxy/large', { method: 'POST', body })
    assert.equal((JSON.parse(echoed.body.toString()) as { Body: string }).Body, body)
  },
)
