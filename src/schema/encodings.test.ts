import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { before, test } from 'node:test'
import * as fc from 'fast-check'
import { decodeCbor, encodeCbor } from './cbor.ts'
import { decode } from './decode.ts'
import { encodeJson, parseJson } from './json.ts'
import type { MessageClass } from './message.ts'
import { decodeMessage, encodeMessage } from './protobuf.ts'
import { arbitraryOf, withoutUntagged } from './testing.ts'

const API = new URL('../api/', import.meta.url)
let messages: readonly MessageClass[] = []

before(async () => {
  const files = readdirSync(API, { recursive: true, encoding: 'utf8' })
  const sources = files.filter((file) => /^[^.]+\/v\d\w*\/[^.]+\.ts$/.test(file))
  const modules = await Promise.all(
    sources.map((file) => import(new URL(file, API).href) as Promise<object>),
  )
  messages = [...new Set(modules.flatMap((each) => Object.values(each).filter(isMessage)))]
})

function isMessage(value: unknown): value is MessageClass {
  return typeof value === 'function' && 'fields' in value && 'info' in value
}

/** Checks a few random objects of every declared type. */
function forAll(
  check: (message: MessageClass, value: Record<string, unknown>) => void,
  filter: (message: MessageClass) => boolean = () => true,
): void {
  assert.ok(messages.length > 700)
  for (const message of messages.filter(filter)) {
    const property = fc.property(arbitraryOf(message), (value) => check(message, value))
    fc.assert(property, { numRuns: 5 })
  }
}

test('decoding twice changes nothing', () => {
  forAll((message, value) => {
    assert.equal(decode(message, value, { unknownFields: [] }), value)
  })
})

test('every declared type survives JSON', () => {
  forAll((message, value) => {
    const read = decode(message, parseJson(encodeJson(value)), { unknownFields: [] })
    assert.deepEqual(read, value)
  })
})

test('every declared type survives CBOR', () => {
  forAll((message, value) => {
    const read = decode(message, decodeCbor(encodeCbor(value, message)), { unknownFields: [] })
    assert.deepEqual(read, value)
  })
})

test('every declared type survives protobuf', () => {
  forAll(
    (message, value) => {
      const expected = withoutUntagged(message, value)
      assert.deepEqual(decodeMessage(message, encodeMessage(message, value)), expected)
    },
    (message) => isOnWire(message),
  )
})

/** Whether all but the kind has a tag: tables, for one, have no protobuf form. */
function isOnWire(message: MessageClass, within = new Set<MessageClass>()): boolean {
  if (within.has(message)) return true
  const below = new Set(within).add(message)
  return Object.entries(message.fields).every(([name, { info }]) => {
    if (info.of && !isOnWire(info.of(), below)) return false
    return info.tag > 0 || name === 'apiVersion' || name === 'kind'
  })
}
