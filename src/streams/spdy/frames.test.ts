import assert from 'node:assert/strict'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import { constants, createDeflate } from 'node:zlib'
import * as fc from 'fast-check'
import { CONTROL_FRAME_BYTES_MAX, frameDecoder } from './decode.ts'
import { DICTIONARY_ID, spdyDictionary } from './dictionary.ts'
import { encodeDataHeader, encodeFrame } from './encode.ts'
import { STREAM_ID_MAX, SpdyError, type Frame, type HeaderCompression } from './frames.ts'
import { HEADER_BLOCK_BYTES_MAX, headerCompression } from './header-compression.node.ts'

const uncompressed: HeaderCompression = { compress: (block) => block, decompress: (bytes) => bytes }

// What a frame must look like byte for byte, header blocks uncompressed.
const GOLDEN: readonly (readonly [string, Frame])[] = [
  [
    '80030001 0100001c 00000005 00000003 6000 00000001 00000004 706f7274 00000002 3830',
    {
      type: 'SYN_STREAM',
      streamId: 5,
      associatedTo: 3,
      priority: 3,
      fin: true,
      unidirectional: false,
      headers: new Map([['port', '80']]),
    },
  ],
  [
    '80030002 00000008 00000001 00000000',
    { type: 'SYN_REPLY', streamId: 1, fin: false, headers: new Map() },
  ],
  [
    '80030008 01000008 00000001 00000000',
    { type: 'HEADERS', streamId: 1, fin: true, headers: new Map() },
  ],
  ['80030003 00000008 00000007 00000005', { type: 'RST_STREAM', streamId: 7, status: 5 }],
  [
    '80030004 0100000c 00000001 02000007 00010000',
    { type: 'SETTINGS', clear: true, settings: [{ id: 7, flags: 2, value: 65536 }] },
  ],
  ['80030006 00000004 00000002', { type: 'PING', id: 2 }],
  ['80030007 00000008 00000009 00000001', { type: 'GOAWAY', lastGoodStreamId: 9, status: 1 }],
  [
    '80030009 00000008 00000003 7fffffff',
    { type: 'WINDOW_UPDATE', streamId: 3, delta: 0x7fffffff },
  ],
  [
    '00000001 00000003 616263',
    { type: 'DATA', streamId: 1, fin: false, data: Uint8Array.of(97, 98, 99) },
  ],
  [
    '7fffffff 01000000',
    { type: 'DATA', streamId: STREAM_ID_MAX, fin: true, data: new Uint8Array(0) },
  ],
]

for (const [hex, frame] of GOLDEN) {
  test(`encodeFrame() and frameDecoder() agree with the specification on ${hex}`, () => {
    const golden = bytesOf(hex)
    assert.equal(encodeFrame(frame, uncompressed).toHex(), golden.toHex())
    assert.deepEqual(decodeAll([golden], uncompressed), [normal(frame)])
  })
}

test('encodeDataHeader() gives the bytes before a payload', () => {
  assert.equal(encodeDataHeader(3, 0x12345, true).toHex(), '0000000301012345')
})

test('spdyDictionary() is the one of the specification', () => {
  assert.equal(spdyDictionary().length, 1423)
  assert.equal(adler32(spdyDictionary()), DICTIONARY_ID)
})

test('headerCompression() reads what another zlib wrote as one stream', async () => {
  const deflate = createDeflate({ dictionary: spdyDictionary(), level: 9 })
  const compression = headerCompression()
  for (const block of [
    '\0\0\0\x01\0\0\0\nstreamtype\0\0\0\x05error',
    'again: streamtype',
    'streamtype, thrice',
  ]) {
    deflate.write(block)
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve))
    const compressed = Buffer.concat([...readAll(deflate)])
    assert.equal(new TextDecoder().decode(compression.decompress(compressed)), block)
  }
  deflate.destroy()
})

test('headerCompression() writes a zlib stream that names the dictionary, and refers to earlier blocks', () => {
  const compression = headerCompression()
  const block = new TextEncoder().encode('0123456789 some words that the dictionary does not hold')
  const first = compression.compress(block)
  assert.equal(first.subarray(0, 6).toHex(), '78f9e3c6a7c2')
  assert.ok(compression.compress(block).length < first.length / 3)
})

test('headerCompression() round-trips more than a window of blocks', () => {
  const writer = headerCompression()
  const reader = headerCompression()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), (block) => {
      assert.equal(Buffer.compare(reader.decompress(writer.compress(block)), block), 0)
    }),
  )
})

test('headerCompression() refuses a block that grows beyond its limit', () => {
  const bomb = headerCompression().compress(new Uint8Array(HEADER_BLOCK_BYTES_MAX + 1))
  assert.ok(bomb.length < 200)
  assert.throws(() => headerCompression().decompress(bomb), SpdyError)
})

test('frameDecoder() gives the same frames however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(frames(), { maxLength: 8 }),
      fc.array(fc.nat(40), { maxLength: 30 }),
      (list, cuts) => {
        const compression = headerCompression()
        const bytes = Buffer.concat(list.map((frame) => encodeFrame(frame, compression)))
        assert.deepEqual(
          joinData(decodeAll(cut(bytes, cuts), headerCompression())),
          joinData(list.map(normal)),
        )
      },
    ),
  )
})

test('frameDecoder() never fails but with SpdyError, whatever it reads', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), spoiledFrame()), { maxLength: 5 }),
      (parts) => {
        try {
          decodeAll(parts, headerCompression())
        } catch (error) {
          assert.ok(error instanceof SpdyError, String(error))
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('frameDecoder() ignores control frames of unknown types', () => {
  const unknown = bytesOf('8003000a 00000003 010203')
  const ping = encodeFrame({ type: 'PING', id: 1 }, uncompressed)
  assert.deepEqual(decodeAll([unknown, ping], uncompressed), [{ type: 'PING', id: 1 }])
})

for (const [what, hex] of [
  ['another version', '80020006 00000004 00000001'],
  [
    'a control frame above the limit',
    `80030006 ${(CONTROL_FRAME_BYTES_MAX + 1).toString(16).padStart(8, '0')}`,
  ],
  ['stream zero', '00000000 00000001'],
  ['a RST_STREAM of the wrong length', '80030003 00000004 00000001'],
  ['SETTINGS that promise more than they hold', '80030004 00000004 ffffffff'],
  ['a header block that ends too early', '80030002 00000008 00000001 00000001'],
  [
    'a header twice',
    '80030002 0000001a 00000001 00000002 00000001 61 00000000 00000001 61 00000000',
  ],
] as const) {
  test(`frameDecoder() refuses ${what}`, () => {
    assert.throws(() => decodeAll([bytesOf(hex)], uncompressed), SpdyError)
  })
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex.replaceAll(' ', ''))
}

function* readAll(stream: Readable): Generator<Uint8Array> {
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) yield chunk as Uint8Array
}

function decodeAll(parts: readonly Uint8Array[], compression: HeaderCompression): Frame[] {
  const decoder = frameDecoder(compression)
  return parts.flatMap((part) => [...decoder.push(part)]).map(normal)
}

/** Plain arrays, whatever view or Buffer the data came in. */
function normal(frame: Frame): Frame {
  return frame.type === 'DATA' ? { ...frame, data: Uint8Array.from(frame.data) } : frame
}

function joinData(list: readonly Frame[]): readonly unknown[] {
  const joined: unknown[] = []
  let open: { streamId: number; hex: string } | undefined
  for (const frame of list) {
    if (frame.type !== 'DATA') {
      joined.push(frame)
      open = undefined
      continue
    }
    if (open?.streamId === frame.streamId) open.hex += frame.data.toHex()
    else joined.push((open = { streamId: frame.streamId, hex: frame.data.toHex() }))
    if (frame.fin) open = undefined
  }
  return joined
}

function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  let offset = 0
  const parts = cuts.map((length) => bytes.subarray(offset, (offset += length)))
  return [...parts, bytes.subarray(offset)]
}

function frames(): fc.Arbitrary<Frame> {
  const streamId = fc.integer({ min: 1, max: STREAM_ID_MAX })
  const uint32 = fc.integer({ min: 0, max: 0xffffffff })
  const name = fc.stringMatching(/^[a-z_-]{1,20}$/)
  const headers = fc
    .array(fc.tuple(name, fc.string()), { maxLength: 4 })
    .map((pairs) => new Map(pairs))
  return fc.oneof(
    record({
      type: fc.constant('SYN_STREAM' as const),
      streamId,
      associatedTo: fc.nat(STREAM_ID_MAX),
      priority: fc.nat(7),
      fin: fc.boolean(),
      unidirectional: fc.boolean(),
      headers,
    }),
    record({
      type: fc.constantFrom('SYN_REPLY' as const, 'HEADERS' as const),
      streamId,
      fin: fc.boolean(),
      headers,
    }),
    record({ type: fc.constant('RST_STREAM' as const), streamId, status: uint32 }),
    record({ type: fc.constant('PING' as const), id: uint32 }),
    record({
      type: fc.constant('GOAWAY' as const),
      lastGoodStreamId: fc.nat(STREAM_ID_MAX),
      status: uint32,
    }),
    record({
      type: fc.constant('DATA' as const),
      streamId,
      fin: fc.boolean(),
      data: fc.uint8Array({ maxLength: 100 }),
    }),
  )
}

function spoiledFrame(): fc.Arbitrary<Uint8Array> {
  return fc.tuple(frames(), fc.nat(), fc.nat(255)).map(([frame, position, byte]) => {
    const bytes = encodeFrame(frame, headerCompression())
    bytes[position % bytes.length] = byte
    return bytes
  })
}

function adler32(bytes: Uint8Array): number {
  let a = 1
  let b = 0
  for (const byte of bytes) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return b * 65536 + a
}

function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true })
}
