import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { VersionWaiters } from './version-waiters.ts'

test('VersionWaiters calls back once the version is reached, oldest first', () => {
  const waiters = new VersionWaiters()
  const seen: string[] = []
  const expectSeen = (...expected: string[]) => assert.deepEqual(seen, expected)
  waiters.add('10', () => seen.push('10'))
  waiters.add('9', () => seen.push('9'))
  waiters.add('9', () => seen.push('never'))[Symbol.dispose]()
  waiters.advance('8')
  expectSeen()
  waiters.advance('11')
  expectSeen('9', '10')
  waiters.add('11', () => seen.push('11'))
  expectSeen('9', '10', '11')
  assert.equal(waiters.hasReached('12'), false)
})

test('VersionWaiters does not wait for what is no number', () => {
  assert.equal(new VersionWaiters().hasReached('opaque'), true)
})
