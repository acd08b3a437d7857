import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode, type Packet } from 'dns-packet'
import { aged, secondsToKeep } from './ttl.node.ts'

const QUESTION = { type: 'A', name: 'example.com' } as const
const A = { type: 'A', name: 'example.com', ttl: 60, data: '192.0.2.1' } as const
const CNAME = { type: 'CNAME', name: 'www.example.com', ttl: 20, data: 'example.com' } as const
const OPT = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [] } as never
const SOA = {
  type: 'SOA',
  name: 'example.com',
  ttl: 300,
  data: { mname: 'ns.example.com', rname: 'host.example.com', minimum: 15 },
} as const

const response = (more: Packet): Buffer =>
  encode({ type: 'response', id: 1, questions: [QUESTION], ...more })

test('secondsToKeep() is what the first record says that ends, of a "no" what its zone says', () => {
  assert.equal(secondsToKeep(response({ answers: [CNAME, A] })), 20)
  assert.equal(secondsToKeep(response({ flags: 3, authorities: [SOA] as never })), 15)
  assert.equal(secondsToKeep(response({ answers: [A], authorities: [SOA] as never })), 60)
  assert.equal(secondsToKeep(response({})), 0)
  assert.equal(secondsToKeep(response({ flags: 2, authorities: [SOA] as never })), 0) // SERVFAIL
  assert.equal(secondsToKeep(response({ flags: 1 << 9, answers: [A] })), 0) // Cut off.
  assert.equal(secondsToKeep(Buffer.alloc(12)), 0)
})

test('aged() takes the time from each record, and leaves all else as it is', () => {
  const bytes = response({ answers: [CNAME, A], additionals: [OPT] })
  assert.deepEqual(aged(bytes, 0), bytes)
  const { answers = [], additionals } = decode(aged(bytes, 25))
  assert.deepEqual(
    answers.map((each) => 'ttl' in each && each.ttl),
    [0, 35],
  )
  assert.deepEqual(additionals, decode(bytes).additionals)
})
