import { concatenate } from '../../src/base/bytes.ts'
import { randomInt, type Random } from '../../src/base/random.ts'

const CHANGES_MAX = 4
const REPEATS_MAX = 40
/** Bytes at which lengths, signs and continuations turn. */
const EDGES = [0x00, 0x01, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff]

export interface Material {
  /** Words of the language, which chance alone would hardly find. */
  readonly tokens: readonly Uint8Array[]
  /** Other inputs, to take parts from. */
  readonly others: readonly Uint8Array[]
  /** How long an input may become. */
  readonly bytesMax: number
}

/** A few changes at random places: the input is not written to. */
export function mutate(random: Random, input: Uint8Array, material: Material): Uint8Array {
  let bytes = input
  for (let left = 1 + randomInt(random, CHANGES_MAX); left > 0; left--) {
    bytes = pick(random, CHANGES)(random, bytes, material)
  }
  return bytes.subarray(0, material.bytesMax)
}

/** One item of a list that is not empty. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[randomInt(random, list.length)]!
}

type Change = (random: Random, bytes: Uint8Array, material: Material) => Uint8Array

const CHANGES: readonly Change[] = [
  flipBit,
  (random, bytes) => inserted(random, bytes, Uint8Array.of(pick(random, EDGES))),
  (random, bytes) => inserted(random, bytes, random.bytes(1)),
  (random, bytes, { tokens }) =>
    tokens.length === 0 ? bytes : inserted(random, bytes, pick(random, tokens)),
  (random, bytes, { others }) =>
    others.length === 0 ? bytes : inserted(random, bytes, part(random, pick(random, others))),
  (random, bytes) => inserted(random, bytes, repeated(random, part(random, bytes))),
  without,
  (random, bytes) => bytes.subarray(0, randomInt(random, bytes.length + 1)),
]

function flipBit(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes
  const flipped = bytes.slice()
  flipped[randomInt(random, bytes.length)]! ^= 1 << randomInt(random, 8)
  return flipped
}

function inserted(random: Random, bytes: Uint8Array, more: Uint8Array): Uint8Array {
  const at = randomInt(random, bytes.length + 1)
  return concatenate([bytes.subarray(0, at), more, bytes.subarray(at)])
}

function without(random: Random, bytes: Uint8Array): Uint8Array {
  const [from, to] = range(random, bytes)
  return concatenate([bytes.subarray(0, from), bytes.subarray(to)])
}

function part(random: Random, bytes: Uint8Array): Uint8Array {
  return bytes.subarray(...range(random, bytes))
}

function repeated(random: Random, bytes: Uint8Array): Uint8Array {
  return concatenate(Array.from({ length: 1 + randomInt(random, REPEATS_MAX) }, () => bytes))
}

function range(random: Random, bytes: Uint8Array): [from: number, to: number] {
  const from = randomInt(random, bytes.length + 1)
  return [from, from + randomInt(random, Math.min(bytes.length - from, 64) + 1)]
}
