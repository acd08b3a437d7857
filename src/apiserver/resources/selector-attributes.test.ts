import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldSelectorText } from './selector-attributes.ts'

test('fieldSelectorText() leaves out what a query string cannot say', () => {
  const requirements = [
    { key: 'a', operator: 'In', values: ['1'] },
    { key: 'b', operator: 'NotIn', values: ['2'] },
    { key: 'c', operator: 'In', values: ['3', '4'] },
    { key: 'd', operator: 'constructor', values: ['5'] },
  ]
  assert.equal(fieldSelectorText({ requirements }), 'a=1,b!=2')
})
