import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { PassThrough, type Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { eventually } from '../base/async-eventually.node.ts'
import { dialRemoteCommand } from './dial-remote-command.node.ts'
import { dialSpdy, UpgradeError } from './dial-upgrade.node.ts'
import type { RemoteCommandStreams } from './remote-command.node.ts'
import { resizeQueue } from './resize.ts'
import { exitCodeOf, type StreamStatus } from './status.ts'
import { podServer, testServer, type PodServer } from './testing-pod-server.node.ts'

test('dialRemoteCommand() runs a command with stdin, stdout and stderr at acceptRemoteCommand()', async () => {
  await using pod = await podServer()
  const { status, stdout, stderr } = await run(pod, ['stderr'], { stderr: true })
  assert.equal(status.status, 'Success')
  assert.equal(stdout, 'to stdout\n')
  assert.equal(stderr, 'to stderr\n')
})

test('stdin half-closes: a command that reads to the end of its input ends', async () => {
  await using pod = await podServer()
  const stdin = new PassThrough()
  stdin.end(Buffer.alloc(1_000_000, 'x'))
  const { status, stdout } = await run(pod, ['count'], { stdin })
  assert.equal(status.status, 'Success')
  assert.equal(stdout, '1000000 bytes\n')
})

test('a megabyte comes back unchanged', async () => {
  await using pod = await podServer()
  const bytes = Buffer.from(Array.from({ length: 1024 * 1024 }, (_, i) => i * 31))
  const stdin = new PassThrough()
  stdin.end(bytes)
  const stdout = new PassThrough()
  const received = buffer(stdout)
  await dialRemoteCommand(
    { url: execUrl(pod, ['cat'], 'stdin=1&stdout=1') },
    { stdin, stdout, tty: false },
  )
  assert.ok((await received).equals(bytes))
})

test('exit codes arrive', async () => {
  await using pod = await podServer()
  const { status } = await run(pod, ['exit', '42'])
  assert.equal(exitCodeOf(status), 42)
  assert.equal(status.reason, 'NonZeroExitCode')
})

test('a command that cannot run ends with an internal error', async () => {
  await using pod = await podServer()
  const { status } = await run(pod, ['nonsense'])
  assert.equal(exitCodeOf(status), undefined)
  assert.match(
    status.message!,
    /^Internal error occurred: error executing command in container: nonsense/,
  )
})

test('sizes of the terminal arrive, and end with the client', async () => {
  await using pod = await podServer()
  const resize = resizeQueue()
  resize.push({ width: 80, height: 24 })
  const stdout = new PassThrough()
  const running = dialRemoteCommand(
    { url: execUrl(pod, ['sizes'], 'stdout=1&tty=1') },
    { stdout, tty: true, resize },
  )
  const lines = stdout.setEncoding('utf8')[Symbol.asyncIterator]()
  assert.equal((await lines.next()).value, '80x24\n')
  resize.push({ width: 132, height: 50 })
  assert.equal((await lines.next()).value, '132x50\n')
  resize.end()
  assert.equal((await running).status, 'Success')
})

test('a slow reader loses nothing', async () => {
  await using pod = await podServer()
  const stdout = new PassThrough({ highWaterMark: 1024 })
  const running = dialRemoteCommand(
    { url: execUrl(pod, ['yes', '8000000'], 'stdout=1') },
    { stdout, tty: false },
  )
  let bytes = 0
  for await (const chunk of stdout as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes % 7 === 0) await new Promise(setImmediate)
  }
  assert.equal((await running).status, 'Success')
  assert.equal(bytes, 8_000_000)
})

test('a client that aborts ends the session, and gets its reason', async () => {
  await using pod = await podServer()
  const abort = new AbortController()
  const streams = { stdout: new PassThrough(), tty: false, signal: abort.signal }
  const running = dialRemoteCommand({ url: execUrl(pod, ['sleep'], 'stdout=1') }, streams)
  await eventually(() => pod.sessions.length === 1)
  abort.abort(new Error('had enough'))
  await assert.rejects(running, /had enough/)
  await eventually(() => pod.sessions[0]!.signal.aborted)
})

test('a server that breaks off is told from a command that succeeds', async () => {
  await using pod = await podServer()
  const running = run(pod, ['sleep'])
  await eventually(() => pod.sessions.length === 1)
  pod.sessions[0]!.destroy()
  const { status } = await running
  assert.equal(status.status, 'Failure')
})

test('older protocols carry a message in place of a Status', async () => {
  await using pod = await podServer()
  for (const protocol of ['v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io']) {
    const target = { url: execUrl(pod, ['exit', '3'], 'stdout=1') }
    const { connection, protocol: chosen } = await dialSpdy(target, ['unheard.of', protocol])
    assert.equal(chosen, protocol)
    const error = await connection.open(new Map([['streamtype', 'error']]))
    await connection.open(new Map([['streamtype', 'stdout']]))
    assert.equal(
      await text(error.duplex),
      'command terminated with non-zero exit code: exit status 3',
    )
    await connection.close()
  }
})

test('streams that the query does not ask for are refused, and so is one twice', async () => {
  await using pod = await podServer()
  const { connection } = await dialSpdy({ url: execUrl(pod, ['exit', '0'], 'stdout=1') }, [
    'v4.channel.k8s.io',
  ])
  await connection.open(new Map([['streamtype', 'stdout']]))
  for (const type of ['stdout', 'stdin', 'resize', 'nonsense']) {
    await assert.rejects(connection.open(new Map([['streamtype', type]])), /Stream reset/)
  }
  await connection.close()
})

for (const [what, headers, code, message] of [
  [
    'no protocols',
    {},
    400,
    /header X-Stream-Protocol-Version does not exist in request with \d+ headers/,
  ],
  [
    'an empty list of protocols',
    { 'X-Stream-Protocol-Version': ' , ' },
    400,
    /but no valid protocols/,
  ],
  [
    'unknown protocols',
    { 'X-Stream-Protocol-Version': 'v9.channel.k8s.io' },
    403,
    /unable to negotiate protocol: client supports \[v9.channel.k8s.io\], server accepts \[v4/,
  ],
  [
    'another upgrade',
    { Upgrade: 'h2c', 'X-Stream-Protocol-Version': 'v4.channel.k8s.io' },
    400,
    /missing upgrade headers/,
  ],
] as const) {
  test(`an upgrade with ${what} is refused`, async () => {
    await using pod = await podServer()
    const url = execUrl(pod, ['exit', '0'], 'stdout=1')
    const response = await rawUpgrade(url, { Upgrade: 'SPDY/3.1', ...headers })
    assert.equal(response.code, code)
    assert.match(response.body, message)
  })
}

test('whatever comes after the upgrade, the server goes on', async () => {
  await using pod = await podServer()
  const frame = fc
    .tuple(fc.constantFrom(...frameHeads()), fc.uint8Array({ maxLength: 64 }))
    .map(([head, rest]) => Buffer.concat([head, rest]))
  const garbage = fc.array(fc.oneof(frame, fc.uint8Array({ maxLength: 200 })), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(garbage, async (parts) => {
      const socket = connect({ port: pod.port, host: '127.0.0.1' })
      socket.on('error', () => undefined)
      socket.write(
        'POST /exec?stdin=1&stdout=1&command=cat HTTP/1.1\r\nHost: p\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n' +
          'X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n',
      )
      for (const part of parts) socket.write(part)
      socket.end()
      socket.resume()
      await once(socket, 'close')
    }),
    { numRuns: 100 },
  )
  const { status } = await run(pod, ['exit', '0'])
  assert.equal(status.status, 'Success')
  await eventually(() => pod.sockets.size === 0)
})

test('an exec without any stream is a Bad Request', async () => {
  await using pod = await podServer()
  const running = dialRemoteCommand({ url: execUrl(pod, ['exit', '0'], '') }, { tty: false })
  await assert.rejects(running, (error: unknown) => {
    assert.ok(error instanceof UpgradeError)
    assert.equal(error.code, 400)
    assert.match(error.message, /you must specify at least 1 of stdin, stdout, stderr/)
    return true
  })
})

test('an answer that does not upgrade becomes an error with its Status', async () => {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'pods "p" is forbidden',
    code: 403,
  }
  await using server = await testServer(({ socket }) => {
    const body = JSON.stringify(status)
    socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  })
  await assert.rejects(
    dialRemoteCommand({ url: new URL(server.url) }, { tty: false }),
    (error: unknown) => {
      assert.ok(error instanceof UpgradeError)
      assert.equal(error.message, 'unable to upgrade connection: pods "p" is forbidden')
      assert.deepEqual(error.status, status)
      return true
    },
  )
})

interface Outcome {
  readonly status: StreamStatus
  readonly stdout: string
  readonly stderr: string
}

async function run(
  pod: PodServer,
  command: readonly string[],
  { stdin, stderr = false }: { stdin?: Readable; stderr?: boolean } = {},
): Promise<Outcome> {
  const [out, err] = [new PassThrough(), new PassThrough()]
  const streams: RemoteCommandStreams = {
    stdout: out,
    tty: false,
    ...(stdin && { stdin }),
    ...(stderr && { stderr: err }),
  }
  const query = `stdout=1${stdin ? '&stdin=1' : ''}${stderr ? '&stderr=1' : ''}`
  const texts = Promise.all([out, err].map((stream) => text(stream).catch(() => '')))
  const status = await dialRemoteCommand({ url: execUrl(pod, command, query) }, streams)
  if (!stderr) err.end()
  const [stdout, errors] = await texts
  return { status, stdout: stdout!, stderr: errors! }
}

function execUrl(pod: PodServer, command: readonly string[], query: string): URL {
  const words = command.map((word) => `command=${encodeURIComponent(word)}`)
  return new URL(`${pod.url}/exec?${[query, ...words].join('&')}`)
}

async function rawUpgrade(
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<{ code: number; body: string }> {
  const { request } = await import('node:http')
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent: false,
      headers: { Connection: 'Upgrade', ...headers },
    })
    sent.on('error', reject)
    sent.on('response', (response) => {
      text(response).then((body) => resolve({ code: response.statusCode!, body }), reject)
    })
    sent.end()
  })
}

/** The first bytes of frames that look sound. */
function frameHeads(): readonly Buffer[] {
  const control = [1, 2, 3, 4, 6, 7, 8, 9, 10].flatMap((type) =>
    [0, 4, 8, 20].map((length) => Buffer.from([0x80, 3, 0, type, 1, 0, 0, length])),
  )
  return [
    ...control,
    Buffer.from([0, 0, 0, 1, 0, 0, 0, 10]),
    Buffer.from([0, 0, 0, 1, 1, 0xff, 0xff, 0xff]),
  ]
}
