import assert from 'node:assert/strict'
import { test } from 'node:test'
import { behaviours } from './behaviours.ts'
import { report, testedCodenames } from './coverage.ts'

test('every behaviour of the conformance suite is known once', () => {
  const codenames = behaviours().map(({ codename }) => codename)
  assert.equal(codenames.length, 446)
  assert.equal(new Set(codenames).size, 446)
})

test('no behaviour is shown by two tests, and none that does not exist', () => {
  const tested = testedCodenames()
  const twice = tested.filter((codename, at) => tested.indexOf(codename) !== at)
  assert.deepEqual(twice, [])
  const known = new Set(behaviours().map(({ codename }) => codename))
  assert.deepEqual(
    tested.filter((codename) => !known.has(codename)),
    [],
  )
})

test('report() counts what has a test and names what has none', () => {
  const [sum, ...lines] = report().split('\n')
  const shown = new Set(testedCodenames()).size
  assert.equal(sum, `${shown} of 446 behaviours have a test`)
  assert.equal(lines.length - lines.indexOf('without:') - 1, 446 - shown)
})
