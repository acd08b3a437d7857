import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  bool,
  bytes,
  choice,
  double,
  int64,
  integers,
  listOf,
  nanoseconds,
  optional,
  ref,
  string,
  stringMap,
  strings,
  uint64,
} from './proto-fields.ts'
import { message } from './proto3.ts'

class Small extends message({ name: string(1), count: int64(2) }) {}

class Everything extends message({
  flag: bool(1),
  blob: bytes(2),
  color: choice(3, ['RED', 'GREEN', 'BLUE']),
  ratio: double(4),
  signed: int64(5),
  numbers: integers(6),
  many: listOf(7, Small),
  at: nanoseconds(8),
  maybe: optional(9, int64),
  inner: ref(10, Small),
  text: string(11),
  map: stringMap(12),
  texts: strings(13),
  unsigned: uint64(200),
}) {}

const small = fc.record(
  { name: fc.string(), count: fc.maxSafeInteger() },
  { noNullPrototype: true },
)
const everything = fc.record(
  {
    flag: fc.boolean(),
    blob: fc.uint8Array(),
    color: fc.constantFrom('RED' as const, 'GREEN' as const, 'BLUE' as const),
    ratio: fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
    signed: fc.maxSafeInteger(),
    numbers: fc.array(fc.maxSafeInteger()),
    many: fc.array(small),
    at: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    text: fc.string({ unit: 'grapheme' }),
    map: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
    texts: fc.array(fc.string()),
    unsigned: fc.maxSafeNat(),
    maybe: fc.maxSafeInteger(),
    inner: small,
  },
  {
    noNullPrototype: true,
    requiredKeys: [
      'flag',
      'blob',
      'color',
      'ratio',
      'signed',
      'numbers',
      'many',
      'at',
      'text',
      'map',
      'texts',
      'unsigned',
    ],
  },
)

test('message() reads what it wrote', () => {
  fc.assert(
    fc.property(everything, (value) => {
      assert.deepEqual(Everything.decode(Everything.encode(value)), value)
    }),
  )
})

test('message() writes the bytes that the protobuf guide shows', () => {
  class Test1 extends message({ a: int64(1) }) {}
  class Test2 extends message({ b: string(2) }) {}
  class Test3 extends message({ c: ref(3, Test1) }) {}
  class Test5 extends message({ f: integers(6) }) {}

  assert.equal(Test1.encode({ a: 150 }).toHex(), '089601')
  assert.equal(Test1.encode({ a: -2 }).toHex(), '08feffffffffffffffff01')
  assert.equal(Test2.encode({ b: 'testing' }).toHex(), '120774657374696e67')
  assert.equal(Test3.encode({ c: { a: 150 } }).toHex(), '1a03089601')
  assert.equal(Test5.encode({ f: [3, 270, 86942] }).toHex(), '3206038e029ea705')
})

test('message() fills in what is not on the wire and skips what it does not know', () => {
  class Old extends message({ name: string(1) }) {}
  assert.deepEqual(Old.decode(Everything.encode({ flag: false, text: 'new', ratio: 2 })), {
    name: '',
  })
  const { blob, ...empty } = Everything.decode(new Uint8Array())
  assert.equal(blob.length, 0)
  assert.deepEqual(empty, {
    flag: false,
    color: 'RED',
    ratio: 0,
    signed: 0,
    numbers: [],
    many: [],
    at: 0n,
    text: '',
    map: {},
    texts: [],
    unsigned: 0,
  })
})

test('message() tells a zero from nothing where the field is optional', () => {
  class User extends message({ uid: optional(1, int64) }) {}
  assert.deepEqual(User.decode(User.encode({ uid: 0 })), { uid: 0 })
  assert.deepEqual(User.decode(User.encode({})), {})
})

test('message() reads integers of a list that are not packed', () => {
  assert.deepEqual(
    Everything.decode(Uint8Array.fromHex('300130023201033004')).numbers,
    [1, 2, 3, 4],
  )
})

test('message() refuses bytes that end early', () => {
  assert.throws(() => Small.decode(Uint8Array.fromHex('0a0568')), RangeError)
  assert.throws(() => Small.decode(Uint8Array.fromHex('10ff')), RangeError)
})
