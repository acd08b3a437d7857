import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { Attach, Exec, KubeConfig, PortForward, type V1Status } from '@kubernetes/client-node'
import type { WebSocket } from 'ws'
import { eventually } from '../base/async-eventually.node.ts'
import { serverIdentity } from './testing-identity.node.ts'
import {
  podServer,
  shoutingServer,
  type PodServer,
  type TestServer,
} from './testing-pod-server.node.ts'

describe('@kubernetes/client-node', () => {
  const config = new KubeConfig()
  let shouting: TestServer
  let pod: PodServer

  before(async () => {
    const identity = serverIdentity()
    shouting = await shoutingServer()
    pod = await podServer({ identity, ports: new Map([[80, shouting.port]]) })
    config.loadFromOptions({
      clusters: [
        { name: 'test', server: pod.url, caData: Buffer.from(identity.ca).toString('base64') },
      ],
      users: [{ name: 'test', token: 'secret' }],
      contexts: [{ name: 'test', cluster: 'test', user: 'test' }],
      currentContext: 'test',
    })
  })

  after(async () => {
    await pod[Symbol.asyncDispose]()
    await shouting[Symbol.asyncDispose]()
  })

  test('Exec: a megabyte in and out, stdin that ends, success', async () => {
    const bytes = Buffer.from(Array.from({ length: 1024 * 1024 }, (_, i) => i * 13))
    const { status, stdout } = await exec(['cat'], { stdin: bytes })
    assert.ok(stdout.equals(bytes))
    assert.equal(status.status, 'Success')
    assert.equal(pod.sessions.at(-1)!.protocol, 'v5.channel.k8s.io')
  })

  test('Exec: stderr apart from stdout', async () => {
    const { stdout, stderr } = await exec(['stderr'])
    assert.equal(stdout.toString(), 'to stdout\n')
    assert.equal(stderr, 'to stderr\n')
  })

  test('Exec: exit codes', async () => {
    const { status } = await exec(['exit', '42'])
    assert.equal(status.reason, 'NonZeroExitCode')
    assert.equal(status.details?.causes?.[0]?.message, '42')
  })

  test('Exec: the size of the terminal', async () => {
    const stdout = Object.assign(new PassThrough(), { rows: 24, columns: 80 })
    stdout.setEncoding('utf8')
    const ws = await new Exec(config).exec('default', 'p', 'c', ['sizes'], stdout, null, null, true)
    const chunks = stdout[Symbol.asyncIterator]()
    assert.equal((await chunks.next()).value, '80x24\n')
    Object.assign(stdout, { rows: 50, columns: 132 }).emit('resize')
    assert.equal((await chunks.next()).value, '132x50\n')
    ws.close()
    await eventually(() => pod.sessions.at(-1)!.signal.aborted)
  })

  test('Attach: speaks with what runs', async () => {
    const [stdin, stdout] = [new PassThrough(), new PassThrough()]
    const output = text(stdout)
    await new Attach(config).attach('default', 'p', 'c', stdout, null, stdin, false)
    stdin.end('hello')
    assert.equal(await output, 'hello')
  })

  test('PortForward: bytes to and from a port', async () => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
    const ws = (await new PortForward(config).portForward(
      'default',
      'p',
      [80],
      stdout,
      stderr,
      stdin,
    )) as WebSocket
    stdin.write('to the pod')
    await eventually(() => shouting.sockets.size === 1)
    ws.close()
    await eventually(() => shouting.sockets.size === 0)
  })

  test('PortForward: an error of the port', async () => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
    let errors = ''
    stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    const ws = (await new PortForward(config).portForward(
      'default',
      'p',
      [81],
      stdout,
      stderr,
      stdin,
    )) as WebSocket
    await eventually(() => ws.readyState === ws.CLOSED)
    assert.equal(errors, 'error forwarding port 81 to pod p, uid : connection refused')
  })

  interface Outcome {
    readonly status: V1Status
    readonly stdout: Buffer
    readonly stderr: string
  }

  async function exec(command: string[], { stdin }: { stdin?: Uint8Array } = {}): Promise<Outcome> {
    const [input, out, err] = [new PassThrough(), new PassThrough(), new PassThrough()]
    const outputs = Promise.all([buffer(out), text(err)])
    const ended = Promise.withResolvers<V1Status>()
    const source = stdin ? input : null
    await new Exec(config).exec(
      'default',
      'p',
      'c',
      command,
      out,
      err,
      source,
      false,
      ended.resolve,
    )
    input.end(stdin)
    const [status, [stdout, stderr]] = await Promise.all([ended.promise, outputs])
    return { status, stdout, stderr }
  }
})
