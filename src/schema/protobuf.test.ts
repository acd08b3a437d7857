import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { ConfigMap } from '../api/core/v1/config-map.ts'
import { Event } from '../api/core/v1/event.ts'
import { Pod } from '../api/core/v1/pod.ts'
import { decode } from './decode.ts'
import { ProtoReader } from './proto-reader.ts'
import { ProtoWriter } from './proto-writer.ts'
import {
  decodeMessage,
  decodeWatchFrame,
  encodeMessage,
  encodeProtobuf,
  encodeWatchFrame,
  listPieces,
  ProtoError,
  unwrap,
  wrap,
} from './protobuf.ts'

const TEXT = new TextDecoder()

test('numbers of every size survive', () => {
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.integer(), int64, uint64, (varint, int32, signed, unsigned) => {
      const writer = new ProtoWriter()
      writer.integer(unsigned)
      writer.integer(signed)
      writer.integer(int32)
      writer.varint(varint)
      const reader = new ProtoReader(writer.finish())
      assert.equal(reader.varint(), varint)
      assert.equal(reader.int32(), int32)
      assert.equal(BigInt(reader.int64()), signed)
      assert.equal(BigInt(reader.uint64()), unsigned)
      assert.ok(reader.isAtEnd)
    }),
  )
})

test('what is no pointer in Go is always written', () => {
  const bytes = encodeMessage(ConfigMap, { metadata: {} })
  // Tag 1 holds the metadata: name, generateName, namespace, selfLink, uid and resourceVersion are empty texts,
  // generation is 0, creationTimestamp an empty message.
  assert.equal(bytes.toHex(), '0a100a0012001a0022002a00320038004200')
})

test('maps are written with sorted keys', () => {
  const encode = (data: Record<string, string>): string =>
    encodeMessage(ConfigMap, { metadata: {}, data }).toHex()
  assert.equal(encode({ b: '2', a: '1' }), encode({ a: '1', b: '2' }))
})

test('unknown fields are passed over, numbers may come packed, parts of a message are joined', () => {
  const writer = new ProtoWriter()
  writer.text('x')
  writer.nested(15, 0)
  const unknown = writer.finish()
  const pod = { metadata: { name: 'a' }, spec: { containers: [] }, status: {} }
  const [first, second] = [
    encodeMessage(Pod, pod),
    encodeMessage(Pod, { metadata: {}, spec: { nodeName: 'n' }, status: {} }),
  ]
  const joined = Uint8Array.from([...first, ...unknown, ...second])
  const read = decodeMessage(Pod, joined)
  assert.equal((read['spec'] as { nodeName: string }).nodeName, 'n')
})

test('broken bytes are refused', () => {
  const bytes = encodeMessage(Pod, { metadata: { name: 'abc' }, spec: {}, status: {} })
  for (let length = 1; length < bytes.length; length++) {
    try {
      decodeMessage(Pod, bytes.subarray(0, length))
    } catch (error) {
      assert.ok(error instanceof ProtoError)
    }
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (random) => {
      try {
        decodeMessage(Pod, random)
      } catch (error) {
        assert.ok(error instanceof ProtoError, String(error))
      }
    }),
    { numRuns: 1000 },
  )
})

test('an envelope names the kind', () => {
  const bytes = wrap('v1', 'Pod', Uint8Array.of(1, 2))
  assert.equal(TEXT.decode(bytes.subarray(0, 3)), 'k8s')
  assert.deepEqual(unwrap(bytes), {
    apiVersion: 'v1',
    kind: 'Pod',
    raw: Uint8Array.of(1, 2),
    contentType: '',
  })
  assert.throws(() => unwrap(new Uint8Array()), { message: 'empty data' })
  assert.throws(() => unwrap(Uint8Array.of(0x6b, 0x38, 0x73, 0)), { message: 'empty body' })
})

test('listPieces() joins encoded objects into what encoding the list gives', () => {
  const items = ['a', 'b'].map((name) => ({ metadata: { name }, data: { x: name } }))
  const list = { apiVersion: 'v1', kind: 'ConfigMapList', metadata: { resourceVersion: '5' } }
  const pieces = listPieces(
    ConfigMap.list,
    list,
    items.map((item) => encodeMessage(ConfigMap, item)),
  )
  const whole = encodeProtobuf(ConfigMap.list, { ...list, items })
  assert.deepEqual(Buffer.concat(pieces), Buffer.from(whole))
})

test('a watch frame has its length, type and object', () => {
  const object = encodeProtobuf(Event, {
    ...decode(Event, { metadata: { name: 'e' } }, { unknownFields: [] }),
    apiVersion: 'v1',
    kind: 'Event',
  })
  const frame = encodeWatchFrame('ADDED', object)
  assert.equal(new DataView(frame.buffer).getUint32(0), frame.length - 4)
  assert.deepEqual(decodeWatchFrame(frame.subarray(4)), { type: 'ADDED', object })
})
