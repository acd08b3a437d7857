import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Secret } from '../api/core/v1/index.ts'
import { decodeCbor, encodeCbor, encodeCborEvent, encodeCborList } from './cbor.ts'
import { CborError } from './cbor-reader.ts'

function hex(text: string): Uint8Array {
  return Uint8Array.fromHex(text.replaceAll(' ', ''))
}

test('encodeCbor() writes texts as byte strings, keys in order, behind the tag of self-described CBOR', () => {
  const bytes = encodeCbor({ bb: 'x', a: [1, -1, true, null] })
  assert.equal(bytes.toHex(), 'd9d9f7a24161840120f5f64262624178')
})

test('encodeCbor() writes bytes with the tag that makes base64 of them', () => {
  const bytes = encodeCbor({ data: { a: 'AQI=' } }, Secret)
  assert.equal(bytes.toHex(), 'd9d9f7a14464617461a14161d6420102')
  assert.deepEqual(decodeCbor(bytes), { data: { a: 'AQI=' } })
})

test('decodeCbor() reads what encodeCbor() writes, integers of 64 bits and odd keys too', () => {
  const exact = { max: 2n ** 63n - 1n, min: -(2n ** 63n), safe: Number.MAX_SAFE_INTEGER, f: 1.5 }
  assert.deepEqual(decodeCbor(encodeCbor(exact)), exact)
  const odd = JSON.parse('{"__proto__":"a","constructor":{"__proto__":1}}') as unknown
  assert.deepEqual(decodeCbor(encodeCbor(odd)), odd)
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // JSON has no negative zero, and JavaScript's integers beyond the safe ones are floats.
      const same = JSON.parse(JSON.stringify(value)) as unknown
      assert.deepEqual(decodeCbor(encodeCbor(same)), same)
    }),
  )
})

test('encodeCborList() and encodeCborEvent() join what is encoded already', () => {
  const item = encodeCbor({ a: 1 })
  const head = { apiVersion: 'v1', kind: 'PodList', metadata: {} }
  for (const count of [0, 1, 23, 24, 300]) {
    const pieces = encodeCborList(
      head,
      Array.from({ length: count }, () => item),
    )
    const items = Array.from({ length: count }, () => ({ a: 1 }))
    assert.deepEqual(decodeCbor(Buffer.concat(pieces)), { ...head, items })
    assert.equal(Buffer.concat(pieces).toString('hex').startsWith('d9d9f7a4'), true)
  }
  const whole = encodeCbor({ ...head, items: [{ a: 1 }] })
  assert.deepEqual(Buffer.concat(encodeCborList(head, [item])), Buffer.from(whole))
  const event = Buffer.concat(encodeCborEvent('ADDED', item))
  assert.deepEqual(decodeCbor(event), { type: 'ADDED', object: { a: 1 } })
})

test('decodeCbor() takes what other writers write: text strings, tags, lengths that are not told', () => {
  assert.deepEqual(decodeCbor(hex('a1 61 61 62 c3a9 ')), { a: 'é' })
  assert.deepEqual(decodeCbor(hex('bf 61 61 9f 01 02 ff ff')), { a: [1, 2] })
  assert.deepEqual(
    decodeCbor(hex('a1 41 61 c0 74 ' + Buffer.from('2020-01-01T00:00:00Z').toString('hex'))),
    {
      a: '2020-01-01T00:00:00Z',
    },
  )
  assert.deepEqual(decodeCbor(hex('a1 41 61 c1 1a 5e0be100')), { a: '2020-01-01T00:00:00Z' })
  assert.deepEqual(decodeCbor(hex('a1 41 61 d8 63 05')), { a: 5 })
  assert.deepEqual(decodeCbor(hex('82 d5 42 fbff d7 42 fbff')), ['-_8', 'fbff'])
})

const refused: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'a truncated text': 'a1 41 61 45 61',
  'a truncated map': 'a2 41 61 01',
  'two items': '01 01',
  'a key twice': 'a2 41 61 01 61 61 02',
  'a key that is no text': 'a1 01 02',
  'a bignum': 'a1 41 61 c2 41 01',
  'an integer of more than 63 bits': 'a1 41 61 1b 8000000000000000',
  NaN: 'a1 41 61 f9 7e00',
  infinity: 'a1 41 61 f9 7c00',
  undefined: 'a1 41 61 f7',
  'a simple value': 'a1 41 61 e0',
  'a text that is no UTF-8': 'a1 41 61 61 ff',
  'a lone break': 'ff',
  'a break in a list of two': '82 01 ff',
  'too deep lists': '81'.repeat(10_000),
  'too deep tags': 'd863'.repeat(10_000) + '01',
  'too long a list': '9a 10000000',
  'too long a list without end': '9f' + '01'.repeat(2000),
  'too large a map': 'ba 10000000',
  'base64 of no bytes': 'd6 01',
  'a time that is none': 'c1 80',
}

for (const [what, bytes] of Object.entries(refused)) {
  test(`decodeCbor() refuses ${what}`, () => {
    assert.throws(() => decodeCbor(hex(bytes)), CborError)
  })
}

test('decodeCbor() never throws anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        decodeCbor(bytes)
      } catch (error) {
        assert.ok(error instanceof CborError, String(error))
      }
    }),
    { numRuns: 2000 },
  )
})
