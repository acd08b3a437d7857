import { decode, encode } from 'dns-packet'
import type { IncomingMessage } from 'node:http'
import { duplexPair } from 'node:stream'
import { virtualClock } from '../../../src/base/virtual-clock.node.ts'
import { Resolver } from '../../../src/dns/resolver.node.ts'
import type { ClusterView } from '../../../src/dns/zone.ts'
import { concatenate } from '../../../src/base/bytes.ts'
import { frameParser, grpcFrame } from '../../../src/grpc/grpc-frames.ts'
import { ContainerConfig } from '../../../src/kubelet/cri/container-messages.ts'
import { frameDecoder } from '../../../src/streams/spdy/decode.ts'
import { encodeFrame } from '../../../src/streams/spdy/encode.ts'
import { SpdyError, type Frame } from '../../../src/streams/spdy/frames.ts'
import { headerCompression } from '../../../src/streams/spdy/header-compression.node.ts'
import { acceptWebSocket } from '../../../src/streams/upgrade.node.ts'
import { webSocketChannels } from '../../../src/streams/websocket/channels.node.ts'
import { bytesOf, only, type Target } from '../target.ts'

const FRAMES: readonly Frame[] = [
  {
    type: 'SYN_STREAM',
    streamId: 1,
    associatedTo: 0,
    priority: 0,
    fin: false,
    unidirectional: false,
    headers: new Map([['streamtype', 'stdin']]),
  },
  { type: 'SYN_REPLY', streamId: 1, fin: false, headers: new Map([['a', 'b']]) },
  { type: 'DATA', streamId: 1, fin: true, data: bytesOf('hello') },
  { type: 'SETTINGS', clear: true, settings: [{ id: 4, flags: 1, value: 1000 }] },
  { type: 'PING', id: 2 },
  { type: 'WINDOW_UPDATE', streamId: 1, delta: 100 },
  { type: 'RST_STREAM', streamId: 1, status: 5 },
  { type: 'HEADERS', streamId: 1, fin: false, headers: new Map([['c', 'd']]) },
  { type: 'GOAWAY', lastGoodStreamId: 1, status: 0 },
]

function spdySeeds(): readonly Uint8Array[] {
  const compression = headerCompression()
  const all = FRAMES.map((frame) => encodeFrame(frame, compression))
  const alone = FRAMES.map((frame) => encodeFrame(frame, headerCompression()))
  return [concatenate(all), ...alone]
}

/** The bytes in two pieces, as a socket might give them. */
function halves(bytes: Uint8Array): readonly Uint8Array[] {
  const middle = bytes.length >> 1
  return [bytes.subarray(0, middle), bytes.subarray(middle)]
}

const spdy: Target = {
  name: 'SPDY frames',
  seeds: spdySeeds(),
  tokens: ['\0\0\0', '\u0003\0\u0001', '\u007f', '\0\0\0\u0001'],
  read(bytes) {
    const decoder = frameDecoder(headerCompression())
    return halves(bytes).flatMap((part) => [...decoder.push(part)])
  },
  isRefusal: only(SpdyError),
}

const GRPC_BYTES_MAX = 64 * 1024

const grpc: Target = {
  name: 'gRPC frames',
  seeds: [
    grpcFrame(
      ContainerConfig.encode({ metadata: { name: 'a' }, command: ['b'], labels: { c: 'd' } }),
    ),
    concatenate([grpcFrame(ContainerConfig.encode({ logPath: 'a' })), grpcFrame(new Uint8Array())]),
  ],
  tokens: ['\0\0\0\0', '\n', '\u0012', '\u007f', '__proto__'],
  read(bytes) {
    const parser = frameParser(GRPC_BYTES_MAX)
    return halves(bytes)
      .flatMap((part) => parser.push(part))
      .map((message) => ContainerConfig.decode(message))
  },
  isRefusal: only(RangeError),
}

const VIEW: ClusterView = {
  service: (namespace, name) =>
    ({
      metadata: { name, namespace },
      spec: { clusterIP: '10.96.0.20', clusterIPs: ['10.96.0.20', 'fd00::20'], ports: [] },
    }) as never,
  slices: () => [],
  hasServices: () => true,
  serviceByAddress: () => undefined,
  slicesByAddress: () => [],
}

const resolver = new Resolver({
  domain: 'cluster.local',
  ttlSeconds: 5,
  view: VIEW,
  forward: () => Promise.resolve(undefined),
  clock: virtualClock(),
})

function question(type: string, name: string): Uint8Array {
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 4096, flags: 0, options: [] } as never
  return encode({
    type: 'query',
    id: 1,
    flags: 256,
    questions: [{ type: type as 'A', name }],
    additionals: [opt],
  })
}

const dns: Target = {
  name: 'DNS messages',
  seeds: [
    question('A', 'web.default.svc.cluster.local'),
    question('ANY', '_http._tcp.web.default.svc.cluster.local'),
    question('AAAA', '0--1.default.pod.cluster.local'),
    question('PTR', '20.0.96.10.in-addr.arpa'),
    question('SOA', 'cluster.local'),
  ],
  tokens: [
    '\u0003svc',
    '\u0007cluster\u0005local\0',
    '\u0003pod',
    '\u00c0\u000c',
    '\u003f',
    '\0\u0001\0\u0001',
    '.',
  ],
  async read(bytes) {
    const answer = await resolver.answer(Buffer.from(bytes), { overUdp: bytes.length % 2 === 0 })
    // Whatever is answered must be an answer.
    if (answer && decode(answer).type !== 'response') throw new Error('no response')
    return answer
  },
  isRefusal: () => false,
}

const MASK = Uint8Array.of(0, 0, 0, 0)

function webSocketFrame(opcode: number, payload: Uint8Array): Uint8Array {
  return concatenate([Uint8Array.of(0x80 | opcode, 0x80 | payload.length), MASK, payload])
}

const UPGRADE = {
  method: 'GET',
  headers: {
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': 'v5.channel.k8s.io',
  },
} as unknown as IncomingMessage

const webSocket: Target = {
  name: 'WebSocket frames',
  bytesMax: 500,
  seeds: [
    concatenate([
      webSocketFrame(2, bytesOf('\0hello')),
      webSocketFrame(9, bytesOf('ping')),
      webSocketFrame(2, bytesOf('\u0004{"Width":80,"Height":24}')),
      webSocketFrame(2, Uint8Array.of(255, 0)),
      webSocketFrame(8, Uint8Array.of(3, 232)),
    ]),
    webSocketFrame(1, bytesOf('0aGVsbG8=')),
  ],
  tokens: ['\u0002\0', '\0\0\0\0', '\u007e', '\u007f'],
  async read(bytes) {
    const [socket, client] = duplexPair()
    const accepted = acceptWebSocket({ request: UPGRADE, socket, head: Buffer.alloc(0) }, [
      'v5.channel.k8s.io',
    ])
    if (!accepted) throw new Error('the handshake itself was refused')
    const channels = webSocketChannels(accepted.ws, {
      codec: 'binary',
      modes: ['read', 'write', 'write', 'write', 'read'],
      closeSignal: true,
      clock: virtualClock(),
      idleTimeoutMs: 1000,
    })
    let received = 0
    for (const stream of channels.streams) {
      stream
        .on('data', (chunk: Uint8Array) => (received += chunk.length))
        .on('error', () => undefined)
    }
    client.resume().on('error', () => undefined)
    await new Promise<void>((resolve) => client.end(bytes, () => resolve()))
    channels.destroy()
    await new Promise<void>((resolve) => {
      if (channels.signal.aborted) resolve()
      else channels.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    if (received > bytes.length) throw new Error('more was received than sent')
    return received
  },
  isRefusal: () => false,
}

export const FRAME_TARGETS: readonly Target[] = [spdy, webSocket, dns, grpc]
