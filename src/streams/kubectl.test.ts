import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../base/async-eventually.node.ts'
import { proxyUpgrade } from './proxy-upgrade.node.ts'
import { serverIdentity } from './testing-identity.node.ts'
import { kubectl, type Kubectl, type KubectlProcess } from './testing-kubectl.node.ts'
import {
  answerDiscovery,
  podServer,
  shoutingServer,
  testServer,
} from './testing-pod-server.node.ts'
import type { PodServer, TestServer } from './testing-pod-server.node.ts'

const SCRIPT = '/usr/bin/script'

// kubectl 1.35 against an API server that hands upgrades on to a node agent, all over TLS.
describe('kubectl', () => {
  let shouting: TestServer
  let agent: PodServer
  let api: TestServer
  let client: Kubectl

  before(async () => {
    const identity = serverIdentity()
    shouting = await shoutingServer()
    agent = await podServer({ identity, ports: new Map([[80, shouting.port]]) })
    api = await testServer(
      (upgrade) => {
        const url = new URL(upgrade.request.url!, agent.url)
        void proxyUpgrade(upgrade, { url, tls: { ca: identity.ca } })
      },
      { identity, onRequest: answerDiscovery },
    )
    client = await kubectl({ url: api.url, ca: identity.ca })
  })

  after(async () => {
    for (const resource of [client, api, agent, shouting]) await resource?.[Symbol.asyncDispose]()
  })

  for (const [transport, env] of [
    ['WebSocket', {}],
    [
      'SPDY',
      { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' },
    ],
  ] as const) {
    const protocol = transport === 'SPDY' ? 'v4.channel.k8s.io' : 'v5.channel.k8s.io'

    test(`exec shows stdout and stderr (${transport})`, async () => {
      const { code, stdout, stderr } = await client.run(['exec', 'p', '--', 'stderr'], { env })
      assert.equal(stdout.toString(), 'to stdout\n')
      assert.equal(stderr, 'to stderr\n')
      assert.equal(code, 0)
      assert.equal(agent.sessions.at(-1)!.protocol, protocol)
    })

    test(`exec -i ends when its input ends (${transport})`, async () => {
      const stdin = Buffer.alloc(1024 * 1024, 'tar')
      const { code, stdout, stderr } = await client.run(['exec', '-i', 'p', '--', 'count'], {
        env,
        stdin,
      })
      assert.equal(stdout.toString() + stderr, '1048576 bytes\n')
      assert.equal(code, 0)
    })

    test(`exec -i gives back each byte of a megabyte (${transport})`, async () => {
      const stdin = Buffer.from(Array.from({ length: 1024 * 1024 }, (_, i) => i * 17))
      const { code, stdout } = await client.run(['exec', '-i', 'p', '--', 'cat'], { env, stdin })
      assert.ok(stdout.equals(stdin))
      assert.equal(code, 0)
    })

    test(`exec exits with the code of the command (${transport})`, async () => {
      const { code, stderr } = await client.run(['exec', 'p', '--', 'exit', '42'], { env })
      assert.equal(code, 42)
      assert.equal(stderr, 'command terminated with exit code 42\n')
    })

    test(`exec reports a command that cannot run (${transport})`, async () => {
      const { code, stderr } = await client.run(['exec', 'p', '--', 'nonsense'], { env })
      assert.equal(code, 1)
      assert.match(
        stderr,
        /Internal error occurred: error executing command in container: nonsense: not found/,
      )
    })

    test(`exec passes on what the node agent refuses (${transport})`, async () => {
      const { code, stderr } = await client.run(['exec', 'p', '--', 'refused'], { env })
      assert.equal(code, 1)
      assert.match(stderr, /refused by the node agent/)
    })

    test(`exec of much output to a slow reader loses nothing (${transport})`, async () => {
      const child = client.start(['exec', 'p', '--', 'yes', '8000000'], env)
      child.stdin.end()
      let bytes = 0
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
        bytes += chunk.length
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
      }
      assert.equal(bytes, 8_000_000)
    })

    test(`exec of a command that is done does not wait for its input (${transport})`, async () => {
      const child = client.start(['exec', '-i', 'p', '--', 'exit', '5'], env)
      const [code] = await once(child, 'close')
      assert.equal(code, 5)
    })

    test(`exec that is killed ends the session (${transport})`, async () => {
      const before = agent.sessions.length
      const child = client.start(['exec', 'p', '--', 'sleep'], env)
      await eventually(() => agent.sessions.length > before)
      await stop(child)
      await eventually(() => agent.sessions.at(-1)!.signal.aborted)
    })

    test(`attach -i speaks with what runs (${transport})`, async () => {
      const { code, stdout } = await client.run(['attach', '-i', 'p'], { env, stdin: 'hello\n' })
      assert.equal(stdout.toString(), 'hello\n')
      assert.equal(code, 0)
    })

    test(
      `exec -t tells the size of the terminal (${transport})`,
      { skip: !existsSync(SCRIPT) && 'needs script(1)' },
      async () => {
        const command = `stty cols 132 rows 43; ${client.command(['exec', '-it', 'p', '--', 'size']).join(' ')}`
        const child = spawn(SCRIPT, ['-qec', command, '/dev/null'], {
          env: { ...process.env, ...env },
          stdio: 'pipe',
        })
        const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
        assert.equal(output, '132x43\r\n')
        assert.equal(code, 0)
      },
    )

    test(`port-forward carries connections to the pod (${transport})`, async () => {
      const child = client.start(['port-forward', 'p', ':80'], env)
      const port = await forwardedPort(child)
      const answers = await Promise.all(
        ['one', 'two', 'three'.repeat(100_000)].map((word) => ask(port, word)),
      )
      assert.deepEqual(answers, ['ONE', 'TWO', 'THREE'.repeat(100_000)])
      await stop(child)
    })

    test(`port-forward reports a port that refuses (${transport})`, async () => {
      const child = client.start(['port-forward', 'p', ':81'], env)
      const errors = text(child.stderr)
      await ask(await forwardedPort(child), 'anybody?')
      await once(child, 'close') // kubectl gives up after an error.
      assert.match(await errors, /error forwarding port 81 to pod p, uid : connection refused/)
      assert.match(await errors, /lost connection to pod/)
    })

    test(`port-forward ends when the node agent goes (${transport})`, async () => {
      const child = client.start(['port-forward', 'p', ':80'], env)
      const errors = text(child.stderr)
      const port = await forwardedPort(child)
      assert.equal(await ask(port, 'once'), 'ONCE')
      for (const socket of agent.sockets) socket.destroy()
      await once(child, 'close')
      assert.match(await errors, /lost connection to pod/)
    })
  }
})

async function stop(child: KubectlProcess): Promise<void> {
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

/** The local port that kubectl says it listens on. */
async function forwardedPort(child: KubectlProcess): Promise<number> {
  let output = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    output += String(chunk)
    const match = /Forwarding from 127\.0\.0\.1:(\d+) ->/.exec(output)
    if (!match) continue
    child.stdout.resume()
    return Number(match[1])
  }
  throw new Error(`kubectl ended: ${output}`)
}

async function ask(port: number, question: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  socket.end(question)
  return text(socket).catch(() => '')
}
