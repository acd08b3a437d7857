import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { KeyBudgets } from './key-budgets.ts'

test('KeyBudgets has a key rest that has kept the thread for long', () => {
  const budgets = new KeyBudgets(virtualClock())
  assert.equal(budgets.charge('a', 15), 0)
  assert.equal(budgets.charge('b', 15), 0)
  assert.equal(budgets.charge('a', 15), 100)
})

test('KeyBudgets gives a key a tenth of the time in the long run', async () => {
  const clock = virtualClock()
  const budgets = new KeyBudgets(clock)
  const startMs = clock.monotonic()
  let busyMs = 0
  for (let i = 0; i < 100; i += 1) {
    busyMs += 8
    await clock.advance(budgets.charge('a', 8))
  }
  const share = busyMs / (clock.monotonic() - startMs)
  assert.ok(share > 0.09 && share < 0.12)
})

test('KeyBudgets forgets what was long ago', async () => {
  const clock = virtualClock()
  const budgets = new KeyBudgets(clock)
  budgets.charge('a', 100)
  await clock.advance(1000)
  assert.equal(budgets.charge('a', 10), 0)
})

test('KeyBudgets lets no key rest for more than half a minute', () => {
  const budgets = new KeyBudgets(virtualClock())
  assert.equal(budgets.charge('a', 60_000), 30_000)
})

test('KeyBudgets gives all keys together a fifth of the time where many take long', async () => {
  const clock = virtualClock()
  const budgets = new KeyBudgets(clock)
  const due = new Map(Array.from({ length: 50 }, (_, i) => [`key-${i}`, 0]))
  let busyMs = 0
  while (clock.monotonic() < 20_000) {
    const [key] = [...due].find(([, atMs]) => atMs <= clock.monotonic()) ?? []
    if (key === undefined) {
      await clock.advance(1)
      continue
    }
    busyMs += 1
    await clock.advance(1)
    due.set(key, clock.monotonic() + budgets.charge(key, 1))
  }
  const share = busyMs / clock.monotonic()
  assert.ok(share > 0.15 && share < 0.23, `${share}`)
})

test('KeyBudgets does not have keys that take little rest beside others that take long', () => {
  const budgets = new KeyBudgets(virtualClock())
  for (let i = 0; i < 10; i += 1) budgets.charge(`large-${i}`, 19)
  assert.ok(budgets.charge('large-10', 19) > 0)
  assert.equal(budgets.charge('small', 0.5), 0)
})

test('KeyBudgets has no key wait for all others that came before it', () => {
  const budgets = new KeyBudgets(virtualClock())
  for (let i = 0; i < 1000; i += 1) budgets.charge(`once-${i}`, 2)
  assert.equal(budgets.charge('once more', 2), 600)
})
