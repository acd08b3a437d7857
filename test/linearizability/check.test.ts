import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contradictions } from './check.ts'
import type { Change, History, Operation, WatchItem } from './history.ts'

const log: readonly Change[] = [
  { key: '/a/1', revision: 2, text: 'one' },
  { key: '/a/1', revision: 3, text: 'two*' },
  { key: '/b/1', revision: 4, text: 'x' },
  { key: '/a/1', revision: 5 },
]

/** Four writes one after the other, as they should be. */
const writes: readonly (Operation & { type: 'write' })[] = log.map((change, i) => ({
  type: 'write',
  client: 'writer',
  calledAt: i * 10,
  returnedAt: i * 10 + 5,
  key: change.key,
  expected: [0, 2, 0, 3][i]!,
  ...(change.text !== undefined && { text: change.text }),
  outcome: { type: 'done', revision: change.revision },
}))

function problems(history: Partial<History>): string[] {
  return contradictions({ operations: writes, watches: [], log, from: 1, ...history })
}

function watched(items: readonly (Change | number)[], options: object = {}): string[] {
  const seen: WatchItem[] = items.map((item) =>
    typeof item === 'number'
      ? { type: 'progress', revision: item }
      : { type: 'change', change: item },
  )
  return problems({ watches: [{ prefix: '', from: 1, items: seen, ...options }] })
}

const reader = { client: 'reader', key: '/a/1', prefix: '/a/' }
const [first, second, third, last] = log as [Change, Change, Change, Change]

test('contradictions() finds none in what is right', () => {
  assert.deepEqual(problems({}), [])
  assert.deepEqual(watched([first, 2, second, third, 4, last, 5]), [])
  assert.deepEqual(watched([first, second]), []) // It stopped there.
  const held = { key: '/a/1', revision: 3, text: 'two*' }
  const operations: Operation[] = [
    ...writes,
    // While the second write is under way, both answers are right.
    {
      ...reader,
      type: 'get',
      calledAt: 11,
      returnedAt: 14,
      found: { ...held, revision: 2, text: 'one' },
    },
    { ...reader, type: 'get', calledAt: 12, returnedAt: 13, found: held },
    { ...reader, type: 'list', calledAt: 16, returnedAt: 32, revision: 3, found: [held] },
    { ...reader, type: 'get', calledAt: 50, returnedAt: 51 },
  ]
  assert.deepEqual(problems({ operations }), [])
})

test('contradictions() finds a lost update', () => {
  const operations = writes.with(1, { ...writes[1]!, expected: 0 })
  assert.match(problems({ operations })[0]!, /overwrote revision 2: an update is lost/)
})

test('contradictions() finds writes that vanished, were refused and done, or came from nowhere', () => {
  const gone = problems({ log: log.slice(0, -1) })
  assert.match(gone[0]!, /= nothing over 3 was acknowledged and is not in the log/)
  const refused = writes.with(2, { ...writes[2]!, outcome: { type: 'refused' } })
  assert.match(problems({ operations: refused })[0]!, /was refused and is in the log/)
  const unknown = writes.with(2, { ...writes[2]!, outcome: { type: 'unknown' } })
  assert.deepEqual(problems({ operations: unknown }), [])
  assert.deepEqual(problems({ operations: writes.toSpliced(2, 1) }), ['nobody wrote /b/1 at 4'])
})

test('contradictions() finds writes in another order than they were made', () => {
  const late = { ...writes[0]!, calledAt: 100, returnedAt: 101 }
  assert.match(problems({ operations: writes.with(0, late) })[0]!, /came before/)
  assert.match(problems({ log: [second, first, third, last] })[0]!, /has revision 2 after 3/)
})

test('contradictions() finds stale reads and reads of what was not yet', () => {
  const found = { key: '/a/1', revision: 2, text: 'one' }
  const stale: Operation = { ...reader, type: 'get', calledAt: 16, returnedAt: 17, found }
  assert.match(
    problems({ operations: [...writes, stale] })[0]!,
    /reader: get .* saw .*, not of 3 to 3/,
  )
  const early: Operation = {
    ...stale,
    calledAt: 1,
    returnedAt: 2,
    found: { ...found, revision: 3, text: 'two*' },
  }
  assert.equal(problems({ operations: [...writes, early] }).length > 0, true)
  const list: Operation = {
    ...reader,
    type: 'list',
    calledAt: 16,
    returnedAt: 17,
    revision: 2,
    found: [found],
  }
  assert.match(problems({ operations: [...writes, list] })[0]!, /is of 2, stale since 3/)
  const torn: Operation = { ...list, revision: 3 }
  assert.match(problems({ operations: [...writes, torn] })[0]!, /at 3 saw .*one instead of .*two/)
})

test('contradictions() finds gaps, duplicates, disorder and wrong values in watches', () => {
  assert.match(watched([first, third])[0]!, /saw \/b\/1@4=x, expected \/a\/1@3=two/)
  assert.match(watched([first, first])[0]!, /saw \/a\/1@2=one, expected/)
  assert.match(watched([second, first])[0]!, /expected \/a\/1@2=one/)
  assert.match(watched([{ ...first, text: 'other' }])[0]!, /=other, expected/)
  assert.match(watched([first, third], { prefix: '/a/' })[0]!, /saw \/b/)
})

test('contradictions() finds bookmarks that lie', () => {
  assert.match(watched([first, 3])[0]!, /bookmark 3 hides \/a\/1@3=two/)
  assert.match(watched([5])[0]!, /bookmark 5 hides/)
  assert.match(watched([first, second, 2])[0]!, /2 came after 3/)
})

test('contradictions() knows what a watch that selects must be told', () => {
  const selects = (text: string): boolean => text.endsWith('*')
  assert.deepEqual(watched([second, last], { selects }), [])
  assert.match(watched([second, third], { selects })[0]!, /saw \/b\/1@4=x/)
  assert.match(watched([second, 5], { selects })[0]!, /hides \/a\/1@5=nothing/)
})
