import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Turns } from './turns.node.ts'

/** Longer than a turn. */
function work(): void {
  for (const end = performance.now() + 6; performance.now() < end;);
}

test('Turns begins at once what a turn has time for, the rest in later ones, in order', async () => {
  const turns = new Turns()
  const begun: string[] = []
  const begin = (name: string, act: () => void): void =>
    turns.begin(() => {
      begun.push(name)
      act()
    })
  for (const name of ['a', 'b', 'c', 'd']) begin(name, work)
  assert.deepEqual(begun, ['a'])
  for (let length = 2; length <= 4; length++) {
    await nextTurn()
    assert.equal(begun.length, length)
  }
  await nextTurn()
  begin('e', work)
  assert.deepEqual(begun, ['a', 'b', 'c', 'd', 'e'])
})

test('Turns counts what follows the beginning of a work to its turn', async () => {
  const turns = new Turns()
  turns.begin(work)
  const begun: number[] = []
  for (let i = 0; i < 4; i++) {
    turns.begin(() => {
      begun.push(i)
      process.nextTick(work)
    })
  }
  await nextTurn()
  assert.deepEqual(begun, [0])
  while (begun.length < 4) await nextTurn()
})

test('Turns sends answers when the turn is over, those of long turns in several', async () => {
  const turns = new Turns()
  const sent: string[] = []
  const answer = (name: string, act: () => void): void =>
    turns.answer(() => {
      sent.push(name)
      act()
    })
  turns.begin(() => answer('a', work))
  answer('b', work)
  assert.deepEqual(sent, [])
  await nextTurn()
  assert.deepEqual(sent, ['a'])
  await nextTurn()
  assert.deepEqual(sent, ['a', 'b'])
})
