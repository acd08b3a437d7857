import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAsPrinted, parseTranscript } from './transcript.ts'

test('parseTranscript() tells commands, their input and what they print apart', () => {
  const text = 'A comment.\n\n$ cat <<E\n> a: 1\n> E\na: 1\n$ false\n[exit 1]\n'
  assert.deepEqual(parseTranscript(text), [
    { command: 'cat <<E\na: 1\nE', printed: 'a: 1' },
    { command: 'false', printed: '[exit 1]' },
  ])
})

test('isAsPrinted() is to the letter but for placeholders', () => {
  assert.ok(isAsPrinted('a  (b)', 'a  (b)'))
  assert.ok(!isAsPrinted('a (b)', 'a  (b)'))
  assert.ok(isAsPrinted('NAME   AGE\na      5m', 'NAME AGE\na {{age}}'))
  assert.ok(!isAsPrinted('NAME   AGE\nb      5m', 'NAME AGE\na {{age}}'))
  assert.ok(isAsPrinted('one\ntwo\nthree', 'one\n{{...}}e'))
})
