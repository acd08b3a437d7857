import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createTcpServer, connect as connectTcp, type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { systemClock } from '../base/clock.node.ts'
import { silentLogger } from '../base/logger.ts'
import type { HttpExchange, HttpHandler } from './exchange.ts'
import { ListenError } from './listen.node.ts'
import {
  type Answer,
  type Ask,
  ask1,
  ask2,
  connect2,
  testCredentials,
  testPki,
  testServer,
} from './testing.node.ts'
import { serveTls } from './tls-server.node.ts'

const text = (body: string): Uint8Array => new TextEncoder().encode(body)
const PLAIN = { 'content-type': 'text/plain' }

type AskFunction = (path: string, ask?: Ask) => Promise<Answer>

const PROTOCOLS: Readonly<Record<string, (t: TestContext, port: number) => Promise<AskFunction>>> =
  {
    'HTTP/1.1': (_t, port) => Promise.resolve((path, ask) => ask1(port, path, ask)),
    'HTTP/2.0': async (t, port) => {
      const session = await connect2(t, port)
      return (path, ask) => ask2(session, path, ask)
    },
  }

async function echo(exchange: HttpExchange): Promise<void> {
  const { method, path, query, host, protocol, remoteAddress } = exchange
  const body = new TextDecoder().decode(await exchange.body(100))
  const seen = {
    method,
    path,
    query,
    host,
    protocol,
    remoteAddress,
    body,
    x: exchange.headers['x-test'],
  }
  exchange.respond(
    201,
    { 'content-type': 'application/json', 'x-answer': 'yes' },
    text(JSON.stringify(seen)),
  )
}

for (const [protocol, connect] of Object.entries(PROTOCOLS)) {
  test(`serveTls() hands a request to the handler and its response to the client (${protocol})`, async (t) => {
    const { server } = await testServer(t, echo)
    const ask = await connect(t, server.port)
    const answer = await ask('/api/v1/pods%2F?a=b&c=%20?', {
      method: 'POST',
      headers: { 'x-test': 'value' },
      body: 'payload',
    })
    assert.equal(answer.status, 201)
    assert.equal(answer.headers['x-answer'], 'yes')
    assert.equal(answer.headers['content-length'], String(answer.body.length))
    assert.deepEqual(JSON.parse(answer.body.toString()), {
      method: 'POST',
      path: '/api/v1/pods%2F',
      query: 'a=b&c=%20?',
      host: `127.0.0.1:${server.port}`,
      protocol,
      remoteAddress: '127.0.0.1',
      body: 'payload',
      x: 'value',
    })
  })

  test(`respond() sends pieces one after the other, long ones at the client's pace (${protocol})`, async (t) => {
    const pieces = Array.from({ length: 3000 }, (_, index) => text(`${index},`.padEnd(1000, 'x')))
    const { server } = await testServer(t, (exchange) => {
      exchange.respond(200, PLAIN, exchange.path === '/long' ? pieces : pieces.slice(0, 3))
    })
    const ask = await connect(t, server.port)
    const long = await ask('/long')
    assert.equal(long.headers['content-length'], '3000000')
    assert.equal(long.body.compare(Buffer.concat(pieces)), 0)
    assert.equal((await ask('/short')).body.length, 3000)
  })

  test(`respond() sends bodies of all sizes and bytes as they are, whole or in pieces (${protocol})`, async (t) => {
    const all = Uint8Array.from({ length: 64 * 1024 + 1 }, (_, i) => i)
    const { server } = await testServer(t, (exchange) => {
      const body = all.subarray(0, Number(exchange.query))
      exchange.respond(
        200,
        PLAIN,
        exchange.path === '/whole' ? body : [body.subarray(0, 1), body.subarray(1)],
      )
    })
    const ask = await connect(t, server.port)
    for (const size of [0, 1, 256, 16 * 1024, 16 * 1024 + 1, 64 * 1024, 64 * 1024 + 1]) {
      for (const path of ['/whole', '/pieces']) {
        const { headers, body } = await ask(`${path}?${size}`)
        assert.equal(headers['content-length'], String(size))
        assert.equal(body.compare(all.subarray(0, size)), 0, `${path} of ${size}`)
      }
    }
  })

  test(`respond() sends no body where there must be none (${protocol})`, async (t) => {
    const { server } = await testServer(t, (exchange) => {
      exchange.respond(exchange.path === '/none' ? 204 : 200, PLAIN, text('body'))
    })
    const ask = await connect(t, server.port)
    const head = await ask('/', { method: 'HEAD' })
    assert.equal(head.headers['content-length'], '4')
    assert.equal(head.body.length, 0)
    const none = await ask('/none')
    assert.equal(none.status, 204)
    assert.equal(none.headers['content-length'], undefined)
  })

  test(`body() refuses what is longer than the limit, and the client still gets its answer (${protocol})`, async (t) => {
    const { server } = await testServer(t, async (exchange) => {
      const error = await exchange.body(1000).then(
        () => undefined,
        (reason: Error) => reason,
      )
      exchange.respond(413, PLAIN, text(`${error?.name}: ${error?.message}`))
    })
    const ask = await connect(t, server.port)
    for (const headers of [{ 'content-length': 1001 }, {}]) {
      const answer = await ask('/', { method: 'POST', headers, body: Buffer.alloc(1001) })
      assert.equal(answer.status, 413)
      assert.equal(answer.body.toString(), 'BodyTooLargeError: limit is 1000')
    }
  })

  test(`bodyStream() gives the body as it comes, however long (${protocol})`, async (t) => {
    const { server } = await testServer(t, async (exchange) => {
      let sum = 0
      for await (const chunk of exchange.bodyStream()) sum += chunk.length
      exchange.respond(200, PLAIN, text(String(sum)))
    })
    const ask = await connect(t, server.port)
    const answer = await ask('/', { method: 'PUT', body: Buffer.alloc(5_000_000) })
    assert.equal(answer.body.toString(), '5000000')
    assert.equal((await ask('/')).body.toString(), '0')
  })

  test(`a client that asks first whether to send its body is told to (${protocol})`, async (t) => {
    const { server } = await testServer(t, echo)
    const ask = await connect(t, server.port)
    const answer = await ask('/', {
      method: 'POST',
      headers: { expect: '100-continue' },
      body: 'sent',
    })
    assert.equal((JSON.parse(answer.body.toString()) as { body: string }).body, 'sent')
  })

  test(`a request that is not read can be answered, and the next one too (${protocol})`, async (t) => {
    const { server } = await testServer(t, (exchange) => exchange.respond(403, PLAIN, text('no')))
    const ask = await connect(t, server.port)
    for (const size of [10, 300_000, 10]) {
      const answer = await ask('/', { method: 'POST', body: Buffer.alloc(size) })
      assert.equal(answer.status, 403)
      assert.equal(answer.body.toString(), 'no')
    }
  })

  test(`what the handler throws becomes a 500, early or late (${protocol})`, async (t) => {
    const handler: HttpHandler = ({ path }) => {
      if (path === '/sync') throw new Error('sync')
      return Promise.reject(new Error('async'))
    }
    const { server } = await testServer(t, handler)
    const ask = await connect(t, server.port)
    for (const path of ['/sync', '/async']) {
      const answer = await ask(path)
      assert.equal(answer.status, 500)
      assert.equal(answer.body.toString(), 'Internal Server Error\n')
    }
  })

  test(`respond() refuses to answer twice (${protocol})`, async (t) => {
    const names: string[] = []
    const { server } = await testServer(t, (exchange) => {
      exchange.respond(200, PLAIN, text('once'))
      try {
        exchange.startStream(200, PLAIN)
      } catch (error) {
        names.push((error as Error).name)
      }
    })
    const ask = await connect(t, server.port)
    assert.equal((await ask('/')).body.toString(), 'once')
    assert.deepEqual(names, ['AlreadyRespondedError'])
  })

  test(`headers may be long, but not endless (${protocol})`, async (t) => {
    const { server } = await testServer(t, (exchange) => {
      exchange.respond(200, PLAIN, text(String(exchange.headers['x-long']?.length)))
    })
    const ask = await connect(t, server.port)
    assert.equal(
      (await ask('/', { headers: { 'x-long': 'x'.repeat(60_000) } })).body.toString(),
      '60000',
    )
    const refused = ask('/', { headers: { 'x-long': 'x'.repeat(2_000_000) } })
    await refused.then(
      ({ status }) => assert.equal(status, 431),
      (error: unknown) => assert.ok(error instanceof Error),
    )
  })
}

test('serveTls() verifies client certificates and tells which authority vouches for them', async (t) => {
  const stranger = testPki()
  const { server, pki } = await testServer(t, (exchange) => {
    const { peerCertificate: peer, peerCertificateError: error } = exchange
    exchange.respond(200, PLAIN, text(JSON.stringify({ trustedBy: peer?.trustedBy, error })))
  })
  const judge = async (credential?: { certPem: string; keyPem: string }): Promise<unknown> => {
    const tls = credential ? { cert: credential.certPem, key: credential.keyPem } : {}
    return JSON.parse((await ask1(server.port, '/', tls)).body.toString()) as unknown
  }
  assert.deepEqual(await judge(), {})
  assert.deepEqual(await judge(pki.admin), { trustedBy: ['client'] })
  assert.deepEqual(await judge(pki.frontProxyClient), { trustedBy: ['front-proxy'] })
  assert.deepEqual(await judge(stranger.admin), { error: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  assert.deepEqual(await judge(pki.apiServer), { error: 'INVALID_PURPOSE' })

  const session = await connect2(t, server.port, { cert: pki.admin.certPem, key: pki.admin.keyPem })
  assert.deepEqual(JSON.parse((await ask2(session, '/')).body.toString()), {
    trustedBy: ['client'],
  })
})

test('serveTls() no longer trusts a certificate that ends while its connection lives', async (t) => {
  let laterMs = 0
  const clock = { ...systemClock, now: () => systemClock.now() + laterMs }
  const { server, pki } = await testServer(
    t,
    (exchange) => exchange.respond(200, PLAIN, text(String(exchange.peerCertificateError))),
    { clock },
  )
  const tls = {
    ca: pki.ca.certPem,
    cert: pki.admin.certPem,
    key: pki.admin.keyPem,
    rejectUnauthorized: true,
  }
  const session = await connect2(t, server.port, tls)
  assert.equal((await ask2(session, '/')).body.toString(), 'undefined')
  laterMs = 2 * 365 * 86_400_000
  assert.equal((await ask2(session, '/')).body.toString(), 'CERT_HAS_EXPIRED')
})

test('serveTls() never resumes a session, so that certificates are always checked', async (t) => {
  const { server, pki } = await testServer(t, (exchange) => exchange.respond(200, PLAIN))
  for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
    const connectOnce = async (session?: Buffer): Promise<TLSSocket> => {
      const options = {
        port: server.port,
        ca: pki.ca.certPem,
        maxVersion,
        ...(session && { session }),
      }
      const socket = connectTls({ host: '127.0.0.1', ...options })
      await once(socket, 'secureConnect')
      return socket
    }
    const first = await connectOnce()
    const second = await connectOnce(first.getSession())
    assert.equal(second.isSessionReused(), false)
    assert.equal(second.getProtocol(), maxVersion)
    first.destroy()
    second.destroy()
  }
})

test('serveTls() refuses TLS 1.1', async (t) => {
  const { server } = await testServer(t, (exchange) => exchange.respond(200, PLAIN))
  const socket = connectTls({
    host: '127.0.0.1',
    port: server.port,
    rejectUnauthorized: false,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  })
  await assert.rejects(once(socket, 'secureConnect'))
})

test('setCredentials() serves another certificate from the next connection on', async (t) => {
  const { server, pki } = await testServer(t, (exchange) => {
    exchange.respond(200, PLAIN, text(String(exchange.peerCertificate?.trustedBy)))
  })
  const next = testPki()
  const ask = (from: typeof pki): Promise<Answer> =>
    ask1(server.port, '/', {
      ca: from.ca.certPem,
      rejectUnauthorized: true,
      cert: from.admin.certPem,
      key: from.admin.keyPem,
    })
  assert.equal((await ask(pki)).body.toString(), 'client')
  assert.throws(
    () => server.setCredentials({ certPem: 'x', keyPem: 'y' }),
    /^Error: Cannot use the serving certificate: /,
  )
  server.setCredentials(testCredentials(next))
  await assert.rejects(ask(pki))
  assert.equal((await ask(next)).body.toString(), 'client')
})

test('serveTls() listens on several hosts with one port, and later on more', async (t) => {
  const { server } = await testServer(
    t,
    (exchange) => exchange.respond(200, PLAIN, text(exchange.host)),
    {
      hosts: ['127.0.0.1', '127.0.0.2'],
    },
  )
  await server.listen('127.0.0.3')
  assert.deepEqual(
    server.addresses,
    [1, 2, 3].map((last) => `127.0.0.${last}:${server.port}`),
  )
  for (const host of ['127.0.0.1', '127.0.0.2', '127.0.0.3']) {
    const answer = await ask1(server.port, '/', { host })
    assert.equal(answer.body.toString(), `${host}:${server.port}`)
  }
})

test('serveTls() says in one sentence why it cannot listen', async (t) => {
  const other = createTcpServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  const refused = async (host: string, wanted: number): Promise<ListenError> => {
    const error: unknown = await testServer(t, () => undefined, {
      hosts: [host],
      port: wanted,
    }).catch((reason: unknown) => reason)
    assert.ok(error instanceof ListenError)
    return error
  }
  const inUse = await refused('127.0.0.1', port)
  assert.equal(
    inUse.message,
    `Cannot listen on 127.0.0.1:${port}: the port is used by another process`,
  )
  assert.equal(inUse.problem, 'in-use')
  const absent = await refused('2001:db8::1', 6443)
  assert.equal(
    absent.message,
    'Cannot listen on [2001:db8::1]:6443: this machine does not have the address',
  )
})

test('serveTls() gives up every host when one of them is taken', async (t) => {
  const other = createTcpServer().listen(0, '127.0.0.2')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  const hosts = ['127.0.0.1', '127.0.0.2']
  await assert.rejects(
    testServer(t, () => undefined, { hosts, port }),
    ListenError,
  )
  const { server } = await testServer(t, (exchange) => exchange.respond(200, PLAIN), { port })
  assert.equal((await ask1(server.port, '/')).status, 200)
})

test('a client that never speaks TLS does not keep the server from closing', async (t) => {
  const pki = testPki()
  const server = await serveTls({
    clock: systemClock,
    logger: silentLogger,
    hosts: ['127.0.0.1'],
    port: 0,
    credentials: testCredentials(pki),
    handler: () => undefined,
  })
  const socket = connectTcp(server.port, '127.0.0.1')
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  await server[Symbol.asyncDispose]()
  await closed
})
