import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { target, type Identity, type Target } from './attacker.node.ts'

const MIB = 1024 * 1024
const HOST = 'Host: kubernetes\r\n'
const CHUNKED = 'Transfer-Encoding: chunked\r\n'
/** What is smuggled: a request of its own for whoever reads the one around it otherwise. */
const HIDDEN = 'DELETE /api/v1/namespaces/dev HTTP/1.1\r\nHost: kubernetes\r\n\r\n'

const post = (headers: string, body = ''): string =>
  `POST /api/v1/namespaces/dev/configmaps HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n${headers}\r\n${body}`
const get = (headers: string, path = '/version'): string =>
  `GET ${path} HTTP/1.1\r\n${HOST}${headers}\r\n`

/** Requests that two readers might understand differently (RFC 9112, 6.3 and 11.2): they are refused, and end the connection. */
const AMBIGUOUS: readonly (readonly [what: string, bytes: string])[] = [
  ['a length and chunks', post(`Content-Length: 4\r\n${CHUNKED}`, `0\r\n\r\n${HIDDEN}`)],
  ['chunks and a length', post(`${CHUNKED}Content-Length: 4\r\n`, `0\r\n\r\n${HIDDEN}`)],
  ['two lengths', post('Content-Length: 0\r\nContent-Length: 70\r\n', HIDDEN)],
  ['two lengths in one', post('Content-Length: 0, 70\r\n', HIDDEN)],
  ['a length with a sign', post('Content-Length: +0\r\n', HIDDEN)],
  ['a length below nothing', post('Content-Length: -1\r\n', HIDDEN)],
  ['a length in hexadecimal', post('Content-Length: 0x10\r\n', HIDDEN)],
  ['a length beyond numbers', post(`Content-Length: ${'9'.repeat(30)}\r\n`, HIDDEN)],
  ['chunks that are not last', post('Transfer-Encoding: chunked, identity\r\n', HIDDEN)],
  ['chunks of another name', post('Transfer-Encoding: xchunked\r\n', HIDDEN)],
  ['chunks with a space before the colon', post('Transfer-Encoding : chunked\r\n', HIDDEN)],
  ['chunks behind a line feed', post('X: a\nTransfer-Encoding: chunked\r\n', HIDDEN)],
  ['chunks on a folded line', post('Transfer-Encoding:\r\n chunked\r\n', HIDDEN)],
  ['a chunk whose size is none', post(CHUNKED, `zz\r\n${HIDDEN}`)],
  ['a chunk whose size overflows', post(CHUNKED, `${'f'.repeat(20)}\r\n${HIDDEN}`)],
  ['a chunk without its end', post(CHUNKED, `1\r\na${HIDDEN}`)],
  ['a null in a header', get('X: a\0b\r\n')],
  ['a carriage return in a header', get('X: a\rImpersonate-User: admin\r\n')],
  ['a header without a name', get(': a\r\n')],
  ['a header with a space in its name', get('Impersonate User: admin\r\n')],
  ['no host', 'GET /version HTTP/1.1\r\n\r\n'],
  ['a space in the path', get('', '/version /x')],
  ['a method that is none', get('').replace('GET', 'G=T')],
  ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n'],
]

/** Paths that some would read as `/api/v1/namespaces/dev/secrets`, which nobody may who is not known. */
const CONFUSING = [
  '//api/v1/namespaces/dev/secrets',
  '/./api/v1/namespaces/dev/secrets',
  '/version/../api/v1/namespaces/dev/secrets',
  '/livez/..%2fapi/v1/namespaces/dev/secrets',
  '/livez/%2e%2e/api/v1/namespaces/dev/secrets',
  '/livez;/../api/v1/namespaces/dev/secrets',
  '/livez\\..\\api/v1/namespaces/dev/secrets',
  '/api%2fv1%2fnamespaces%2fdev%2fsecrets',
  '/API/v1/namespaces/dev/secrets',
  '/api/v1/namespaces/dev/secrets%00/livez',
  '/api/v1/namespaces/dev/secrets#/livez',
  'https://kubernetes/api/v1/namespaces/dev/secrets',
]

describe('raw HTTP', () => {
  let made: Target
  let admin: Identity
  const cleanups: (() => unknown)[] = []
  before(async () => {
    made = await target({ after: (act) => cleanups.push(act as () => unknown) })
    admin = made.as('admin', ['system:masters'])
    await made.api.calls('v1', 'namespaces').create({ metadata: { name: 'dev' } })
  })
  after(async () => {
    for (const each of cleanups.toReversed()) await each()
  })

  /** Everything that comes back until the server ends the connection. */
  async function send(bytes: string, { cert, key }: Identity, isAll = false): Promise<string> {
    const socket = connect({
      host: '127.0.0.1',
      port: made.port,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    })
    socket.on('error', () => socket.destroy()) // A reset is an end, too.
    socket.write(bytes, 'latin1')
    if (isAll) socket.end()
    return text(socket).catch(() => '')
  }

  for (const [what, bytes] of AMBIGUOUS) {
    test(`refused, and nothing after it is read: ${what}`, async () => {
      const answer = await send(bytes, admin, true)
      assert.doesNotMatch(answer, /^HTTP\/1\.1 2/m)
      assert.ok((answer.match(/^HTTP\/1\.1 /gm) ?? []).length <= 1, answer)
      const namespace = await made.ask(admin, 'GET', '/api/v1/namespaces/dev')
      assert.doesNotMatch(namespace.text, /deletionTimestamp/)
    })
  }

  for (const path of CONFUSING) {
    test(`nobody reads Secrets by ${path}`, async () => {
      const answer = await send(get('Connection: close\r\n', path), {})
      assert.match(answer, /^HTTP\/1\.1 4\d\d/)
      assert.doesNotMatch(answer, /SecretList/)
    })
  }

  test('headers of more than a mebibyte are refused', async () => {
    assert.match(await send(get(`X: ${'a'.repeat(MIB)}\r\n`), admin), /^HTTP\/1\.1 431/)
  })

  test('bodies are never decompressed: a bomb stays what it is', async () => {
    const bomb = gzipSync(Buffer.alloc(16 * MIB, ' '))
    const length = `Content-Length: ${bomb.length}\r\n`
    const headers = `Content-Encoding: gzip\r\n${length}Connection: close\r\n`
    assert.match(await send(post(headers, bomb.toString('latin1')), admin), /^HTTP\/1\.1 4\d\d/)
  })
})
