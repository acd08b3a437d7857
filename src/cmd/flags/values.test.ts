import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bool, milliseconds, valueOf, wholeNumber } from './values.ts'

test('valueOf() reads what is given, and says by which flag it cannot be read', () => {
  const flags = { eventTtl: '1h30m', fair: 'false', maxRequests: '40' }
  assert.equal(valueOf(flags, 'eventTtl', milliseconds), 5_400_000)
  assert.equal(valueOf(flags, 'fair', bool), false)
  assert.equal(valueOf(flags, 'maxRequests', wholeNumber), 40)
  assert.equal(valueOf<'other', number>({}, 'other', wholeNumber), undefined)
  const refused = (text: string, read: (name: string, text: string) => unknown, message: string) =>
    assert.throws(() => valueOf({ someFlag: text }, 'someFlag', read), {
      name: 'UserError',
      exitCode: 2,
      message,
    })
  refused('-1', wholeNumber, '--some-flag -1 is not a whole number.')
  refused('yes', bool, '--some-flag yes is neither true nor false.')
  refused('ever', milliseconds, '--some-flag ever is no duration: give for example 30s.')
  refused('-1s', milliseconds, '--some-flag -1s is no duration: give for example 30s.')
})
