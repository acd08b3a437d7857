import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { request } from 'node:https'
import { createInterface } from 'node:readline'
import { type Duplex, PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { ask1, testPki, type Answer } from '../../serving/testing.node.ts'
import { dialRemoteCommand } from '../../streams/dial-remote-command.node.ts'
import { exitCodeOf } from '../../streams/status.ts'
import { serverIdentity } from '../../streams/testing-identity.node.ts'
import { podServer, testServer } from '../../streams/testing-pod-server.node.ts'
import type { Authorizer } from '../authorization/authorizer.ts'
import { httpsTestServer, type HttpsTestServer } from '../http/testing.node.ts'
import { ResourceCalls } from '../testing.node.ts'
import { nodeBackends } from './backends.node.ts'
import { DISTANT, nearBackends } from './testing.ts'

const IDENTITY = serverIdentity()
const POD = '/api/v1/namespaces/default/pods/a'

/** An API server whose one node is `port` of loopback, with a Pod `a` of two containers on it. */
async function serverWithNode(t: TestContext, port: number): Promise<HttpsTestServer> {
  const { apiServerKubeletClient } = testPki()
  const backends = nodeBackends({
    kubeletClient: apiServerKubeletClient,
    kubeletCaPem: IDENTITY.ca,
  })
  t.after(() => backends[Symbol.dispose]())
  const api = await httpsTestServer(t, { backends: nearBackends(backends) })
  const nodes = new ResourceCalls(api.transport, 'v1', 'nodes')
  await nodes.create({
    metadata: { name: 'n' },
    status: {
      addresses: [{ type: 'InternalIP', address: DISTANT }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    },
  })
  const pods = new ResourceCalls(api.transport, 'v1', 'pods', 'default')
  const containers = ['c', 'd'].map((name) => ({ name, image: 'i' }))
  await pods.create({ metadata: { name: 'a' }, spec: { nodeName: 'n', containers } })
  await pods.create({ metadata: { name: 'b' }, spec: { containers } })
  return api
}

function ask({ port, pki }: HttpsTestServer, path: string): Promise<Answer> {
  return ask1(port, path, { cert: pki.superAdmin.certPem, key: pki.superAdmin.keyPem })
}

/** A node agent that answers requests. */
function agent(
  t: TestContext,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
) {
  return testServer(() => undefined, { identity: IDENTITY, onRequest }).then((server) => {
    t.after(() => server[Symbol.asyncDispose]())
    return server
  })
}

function messageOf({ body }: Answer): string {
  return (JSON.parse(body.toString()) as { message: string }).message
}

test('the log of a container comes from its node', async (t) => {
  const asked: string[] = []
  const { port } = await agent(t, (request, response) => {
    asked.push(request.url!)
    response.end('one\ntwo\n')
  })
  const api = await serverWithNode(t, port)
  const answer = await ask(api, `${POD}/log?container=c&tailLines=2&follow=true&previous=false`)
  assert.equal(answer.status, 200)
  assert.equal(answer.body.toString(), 'one\ntwo\n')
  assert.deepEqual(asked, ['/containerLogs/default/a/c?follow=true&tailLines=2'])
})

test('a log that cannot be had says why', async (t) => {
  const { port } = await agent(t, (_, response) => {
    response.writeHead(400).end('container "c" in pod "a" is waiting to start: ContainerCreating')
  })
  const api = await serverWithNode(t, port)
  const refused = await ask(api, `${POD}/log?container=c`)
  assert.equal(refused.status, 400)
  assert.equal(
    messageOf(refused),
    'container "c" in pod "a" is waiting to start: ContainerCreating',
  )
  assert.equal(
    messageOf(await ask(api, `${POD}/log`)),
    'a container name must be specified for pod a, choose one of: [c d]',
  )
  assert.equal(
    messageOf(await ask(api, `${POD}/log?container=x`)),
    'container x is not valid for pod a',
  )
  const early = await ask(api, '/api/v1/namespaces/default/pods/b/log?container=c')
  assert.equal(early.status, 200)
  assert.equal(early.body.length, 0)
  assert.match(
    messageOf(await ask(api, `${POD}/log?container=c&tailLines=-1`)),
    /tailLines: Invalid value: -1: must be greater than or equal to 0/,
  )
})

test('exec reaches the container through its node', async (t) => {
  const node = await podServer({ identity: IDENTITY })
  t.after(() => node[Symbol.asyncDispose]())
  const api = await serverWithNode(t, node.port)
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  const target = (query: string): Parameters<typeof dialRemoteCommand>[0] => ({
    url: new URL(`https://127.0.0.1:${api.port}${POD}/exec?${query}`),
    tls: { ca: api.pki.ca.certPem, cert, key },
  })
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  stdin.end('hello')
  const [status, output] = await Promise.all([
    dialRemoteCommand(target('container=c&command=cat&stdin=true&stdout=true'), {
      stdin,
      stdout,
      tty: false,
    }),
    text(stdout),
  ])
  assert.equal(exitCodeOf(status), 0)
  assert.equal(output, 'hello')
  await assert.rejects(
    dialRemoteCommand(target('command=cat&stdout=true'), { stdout, tty: false }),
    /a container name must be specified for pod a, choose one of: \[c d\]/,
  )
})

test('proxies hand requests on to nodes, Pods and Services', async (t) => {
  const { port } = await agent(t, (request, response) => {
    response.setHeader('x-seen', String(request.headers['x-forwarded-proto']))
    response.end(`${request.method} ${request.url}`)
  })
  const plain = await testServer(() => undefined, {
    onRequest: (request, response) => response.end(`pod: ${request.url}`),
  })
  t.after(() => plain[Symbol.asyncDispose]())
  const api = await serverWithNode(t, port)
  const node = await ask(api, '/api/v1/nodes/n/proxy/stats/summary?a=b')
  assert.equal(node.body.toString(), 'GET /stats/summary?a=b')
  assert.equal(node.headers['x-seen'], 'https')
  const pods = new ResourceCalls(api.transport, 'v1', 'pods', 'default')
  await pods.patch('a', { status: { podIP: DISTANT } }, { subresource: 'status' })
  const pod = await ask(api, `/api/v1/namespaces/default/pods/a:${plain.port}/proxy/x/`)
  assert.equal(pod.body.toString(), 'pod: /x/')
})

test('a proxied Service is one of its endpoints', async (t) => {
  const plain = await testServer(() => undefined, {
    onRequest: (request, response) => response.end(`service: ${request.url}`),
  })
  t.after(() => plain[Symbol.asyncDispose]())
  const api = await serverWithNode(t, 1)
  const services = new ResourceCalls(api.transport, 'v1', 'services', 'default')
  await services.create({ metadata: { name: 's' }, spec: { ports: [{ name: 'http', port: 80 }] } })
  const path = '/api/v1/namespaces/default/services/s:http/proxy/x'
  const none = await ask(api, path)
  assert.equal(none.status, 503)
  assert.equal(messageOf(none), 'no endpoints available for service "s:http"')
  const slices = new ResourceCalls(
    api.transport,
    'discovery.k8s.io/v1',
    'endpointslices',
    'default',
  )
  await slices.create({
    metadata: { name: 's-1', labels: { 'kubernetes.io/service-name': 's' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [DISTANT], conditions: { ready: true } }],
    ports: [{ name: 'http', port: plain.port }],
  })
  assert.equal((await ask(api, path)).body.toString(), 'service: /x')
})

test('links and redirects of what is behind a proxy lead through it', async (t) => {
  const { port } = await agent(t, (request, response) => {
    if (request.url === '/moved') {
      response.writeHead(302, { location: '/here?a=b' }).end()
    } else if (request.url === '/away') {
      response.writeHead(302, { location: 'https://example.com/x' }).end()
    } else {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.write('<p title="/not">Ü <a class=x href="/re')
      response.end("write#me\">link</a><img src='rel.png'><IMG SRC=/abs.png>")
    }
  })
  const api = await serverWithNode(t, port)
  const proxy = '/api/v1/nodes/n/proxy'
  assert.equal((await ask(api, `${proxy}/moved`)).headers.location, `${proxy}/here?a=b`)
  assert.equal((await ask(api, `${proxy}/away`)).headers.location, 'https://example.com/x')
  assert.equal((await ask(api, `${proxy}?x=y`)).headers.location, `${proxy}/?x=y`)
  assert.equal(
    (await ask(api, `${proxy}/page`)).body.toString(),
    `<p title="/not">Ü <a class=x href="${proxy}/rewrite#me">link</a><img src='rel.png'><IMG SRC="${proxy}/abs.png">`,
  )
})

test('nobody is sent to the server itself, or to its link', async (t) => {
  const { port } = await agent(t, (_, response) => response.end('secret'))
  const api = await serverWithNode(t, port)
  const pods = new ResourceCalls(api.transport, 'v1', 'pods', 'default')
  const nodes = new ResourceCalls(api.transport, 'v1', 'nodes')
  const addresses = ['127.0.0.1', '127.8.8.8', '::1', '169.254.169.254', 'fe80::1']
  for (const address of [...addresses, '0.0.0.0', '224.0.0.1', '255.255.255.255', 'ff02::1']) {
    await pods.patch('a', { status: { podIP: address } }, { subresource: 'status' })
    const pod = await ask(api, `/api/v1/namespaces/default/pods/a:${port}/proxy/`)
    assert.deepEqual([pod.status, messageOf(pod)], [400, 'address not allowed'], address)
  }
  const status = { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] }
  await nodes.create({ metadata: { name: 'own' }, status })
  const own = await ask(api, `/api/v1/nodes/own:${port}/proxy/`)
  assert.deepEqual([own.status, messageOf(own)], [400, 'address not allowed'])
  // A name is refused by what it turns out to be.
  await nodes.create({
    metadata: { name: 'named' },
    status: { addresses: [{ type: 'Hostname', address: 'localhost' }] },
  })
  const named = await ask(api, `/api/v1/nodes/http:named:${port}/proxy/`)
  assert.deepEqual(
    [named.status, messageOf(named)],
    [503, 'error trying to reach service: address not allowed'],
  )
})

test('a node agent that is away is told of', async (t) => {
  const gone = await testServer(() => undefined)
  const { port } = gone
  await gone[Symbol.asyncDispose]()
  const api = await serverWithNode(t, port)
  const answer = await ask(api, `${POD}/log?container=c`)
  assert.equal(answer.status, 500)
  assert.match(
    messageOf(answer),
    /^Internal error occurred: Get "https:\/\/192\.0\.2\.1:\d+\/containerLogs/,
  )
})

test('Pods and Services behind a proxy may change the protocol, as exec does', async (t) => {
  const plain = await testServer(({ request: asked, socket }) => {
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n',
    )
    socket.write(`${asked.url}\n`)
    socket.pipe(socket)
  })
  t.after(() => plain[Symbol.asyncDispose]())
  const api = await serverWithNode(t, 1)
  const calls = (groupVersion: string, plural: string): ResourceCalls =>
    new ResourceCalls(api.transport, groupVersion, plural, 'default')
  await calls('v1', 'pods').patch('a', { status: { podIP: DISTANT } }, { subresource: 'status' })
  await calls('v1', 'services').create({ metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } })
  await calls('discovery.k8s.io/v1', 'endpointslices').create({
    metadata: { name: 's-1', labels: { 'kubernetes.io/service-name': 's' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [DISTANT], conditions: { ready: true } }],
    ports: [{ port: plain.port }],
  })
  for (const place of [`pods/a:${plain.port}`, 'services/s:80']) {
    const sent = request({
      port: api.port,
      host: '127.0.0.1',
      path: `/api/v1/namespaces/default/${place}/proxy/console`,
      headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' },
      cert: api.pki.superAdmin.certPem,
      key: api.pki.superAdmin.keyPem,
      rejectUnauthorized: false,
      agent: false,
    }).end()
    const [, socket, head] = (await once(sent, 'upgrade')) as [IncomingMessage, Duplex, Buffer]
    socket.unshift(head)
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
    assert.equal((await lines.next()).value, '/console')
    socket.write('hello\n')
    assert.equal((await lines.next()).value, 'hello')
    socket.destroy()
  }
})

test('OPTIONS through a proxy has no verb, so only who may do everything may ask', async (t) => {
  const verbs: string[] = []
  const judge: Authorizer = {
    name: 'Test',
    authorize: ({ verb }) => {
      verbs.push(verb)
      return { decision: verb === '' ? 'deny' : 'allow', reason: '' }
    },
  }
  const api = await httpsTestServer(t, { authorizers: [judge] })
  const { certPem: cert, keyPem: key } = api.pki.admin
  const path = '/api/v1/namespaces/default/pods/a/proxy/'
  const refused = await ask1(api.port, path, { method: 'OPTIONS', cert, key })
  assert.equal(refused.status, 403)
  assert.equal(verbs.at(-1), '')
  await ask1(api.port, path, { method: 'POST', cert, key })
  assert.equal(verbs.at(-1), 'create')
})
