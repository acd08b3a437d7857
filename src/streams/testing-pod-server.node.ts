import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { Duplex } from 'node:stream'
import { systemClock } from '../base/clock.node.ts'
import { acceptPortForward } from './accept-port-forward.node.ts'
import { acceptRemoteCommand } from './accept-remote-command.node.ts'
import { bridge } from './bridge.node.ts'
import { remoteCommandOptions } from './options.ts'
import type { Forward } from './port-forward.node.ts'
import type { RemoteCommandSession } from './remote-command-session.node.ts'
import {
  exitStatus,
  failureStatus,
  internalErrorStatus,
  successStatus,
  type StreamStatus,
} from './status.ts'
import { refuseUpgrade, refuseUpgradeWithStatus, type UpgradeRequest } from './upgrade.node.ts'
import type { ServerIdentity } from './testing-identity.node.ts'

/** A server in a test, with all that must be closed after it. */
export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Sockets that are open. */
  readonly sockets: ReadonlySet<Socket>
}

/** Listens on a free port of loopback. `onUpgrade` is what is tested. */
export async function testServer(
  onUpgrade: (upgrade: UpgradeRequest) => void,
  {
    identity,
    onRequest,
  }: {
    identity?: ServerIdentity
    onRequest?: (req: IncomingMessage, res: ServerResponse) => void
  } = {},
): Promise<TestServer> {
  const server: Server = identity
    ? createSecureServer({ key: identity.key, cert: identity.cert })
    : createServer()
  const sockets = new Set<Socket>()
  server.on(identity ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    onUpgrade({ request, socket, head }),
  )
  server.on('request', onRequest ?? ((_, res) => res.writeHead(404).end()))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `${identity ? 'https' : 'http'}://127.0.0.1:${port}`,
    sockets,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** A pod with one container, `/exec`, `/attach` and `/portforward` under any prefix; every session that it had. */
export interface PodServer extends TestServer {
  readonly sessions: readonly RemoteCommandSession[]
}

/** Ports of the pod that are forwarded to ports of this machine; others refuse. */
export async function podServer(
  options: { identity?: ServerIdentity; ports?: ReadonlyMap<number, number> } = {},
): Promise<PodServer> {
  const sessions: RemoteCommandSession[] = []
  const server = await testServer((upgrade) => void serve(upgrade), {
    ...options,
    onRequest: answerDiscovery,
  })

  async function serve(upgrade: UpgradeRequest): Promise<void> {
    const url = new URL(upgrade.request.url ?? '', 'http://pod')
    if (url.pathname.endsWith('/portforward')) {
      acceptPortForward(upgrade, forwardTo(options.ports ?? new Map()))
      return
    }
    if (url.searchParams.get('command') === 'refused') {
      const message = 'refused by the node agent'
      return refuseUpgradeWithStatus(upgrade.socket, failureStatus(403, 'Forbidden', message))
    }
    const streams = remoteCommandOptions(url.searchParams)
    if (typeof streams === 'string') return refuseUpgrade(upgrade.socket, 400, streams)
    const session = await acceptRemoteCommand(upgrade, streams)
    if (!session) return
    sessions.push(session)
    const command = url.pathname.endsWith('/attach') ? ['cat'] : url.searchParams.getAll('command')
    await session.finish(await runCommand(command, session))
  }
  return Object.assign(server, { sessions })
}

/** What the container can run. */
async function runCommand(
  [name = '', ...args]: readonly string[],
  { stdin, stdout, stderr, resize, signal }: RemoteCommandSession,
): Promise<StreamStatus> {
  switch (name) {
    case 'cat':
      if (stdin && stdout) await pipeline(stdin, stdout).catch(() => undefined)
      return successStatus()
    case 'count': {
      let bytes = 0
      for await (const chunk of stdin!) bytes += (chunk as Uint8Array).length
      stdout?.write(`${bytes} bytes\n`)
      return successStatus()
    }
    case 'yes': {
      const line = Buffer.alloc(Number(args[0]), 'yes\n')
      stdout?.write(line)
      return successStatus()
    }
    case 'stderr':
      stdout?.write('to stdout\n')
      stderr?.write('to stderr\n')
      return successStatus()
    case 'exit':
      return exitStatus(Number(args[0]))
    case 'size':
      for await (const { width, height } of resize!) {
        stdout?.write(`${width}x${height}\r\n`)
        break
      }
      return successStatus()
    case 'sizes':
      for await (const { width, height } of resize!) stdout?.write(`${width}x${height}\n`)
      return successStatus()
    case 'sleep':
      if (!signal.aborted) await once(signal, 'abort')
      return internalErrorStatus('context canceled')
    default:
      return internalErrorStatus(`error executing command in container: ${name}: not found`)
  }
}

function forwardTo(ports: ReadonlyMap<number, number>): Forward {
  return async ({ port, data, signal }) => {
    const target = ports.get(port)
    if (target === undefined)
      throw new Error(`error forwarding port ${port} to pod p, uid : connection refused`)
    const socket = connect({ host: '127.0.0.1', port: target, allowHalfOpen: true })
    signal.addEventListener('abort', () => socket.destroy(), { once: true })
    await bridge(data, socket, systemClock)
  }
}

/** What kubectl looks at before it execs. */
export function answerDiscovery(request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? '', 'http://pod')
  const answer = DISCOVERY[pathname]
  const body = JSON.stringify(
    answer ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 },
  )
  response.writeHead(answer ? 200 : 404, { 'Content-Type': 'application/json' }).end(body)
}

const POD = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name: 'p', namespace: 'default', uid: 'u' },
  spec: { containers: [{ name: 'c', image: 'i', stdin: true, tty: false }] },
  status: {
    phase: 'Running',
    containerStatuses: [{ name: 'c', ready: true, state: { running: {} } }],
  },
}

const POD_RESOURCE = {
  name: 'pods',
  singularName: 'pod',
  namespaced: true,
  kind: 'Pod',
  verbs: ['get', 'list'],
}

const DISCOVERY: Readonly<Record<string, object>> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': { kind: 'APIResourceList', groupVersion: 'v1', resources: [POD_RESOURCE] },
  '/api/v1/namespaces/default/pods/p': POD,
}

/** A TCP server to forward to: answers with what it gets after the other end half-closes, in capitals. */
export async function shoutingServer(): Promise<TestServer> {
  const { createServer } = await import('node:net')
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    const chunks: Uint8Array[] = []
    socket.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    socket.on('end', () =>
      socket.end(Buffer.concat(chunks).toString('latin1').toUpperCase(), 'latin1'),
    )
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `tcp://127.0.0.1:${port}`,
    sockets,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
