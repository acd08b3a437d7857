import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declaredMessages } from './declared.ts'

/** Words that say nothing by themselves. */
const FILLERS = new Set(
  ['a', 'an', 'the', 'of', 'in', 'to', 'for', 'is', 'and', 'this', 'that', 'it', 'its'], // prettier-ignore
)
const WORDS_MIN = 3
const NEW_WORDS_MIN = 2

test('every field is described: by some words, of which several are not in its name', async () => {
  const poor: string[] = []
  for (const [name, { info, fields }] of await declaredMessages()) {
    if (!isSentence(info.doc) || wordsOf(info.doc).length < 2) poor.push(`${name}: ${info.doc}`)
    for (const [
      field,
      {
        info: { doc },
      },
    ] of Object.entries(fields))
      if (!isSentence(doc) || isPoor(doc, field)) poor.push(`${name}.${field}: ${doc}`)
  }
  assert.deepEqual(poor, [])
})

function isPoor(doc: string, field: string): boolean {
  const words = wordsOf(doc)
  const known = new Set(wordsOf(field.replaceAll(/([A-Z]+)/g, ' $1')))
  const more = words.filter((word) => !known.has(word))
  return words.length < WORDS_MIN || more.length < NEW_WORDS_MIN
}

function isSentence(doc: string): boolean {
  return /^[\w`$].*\.$/s.test(doc)
}

/** In small letters and the singular, without fillers. */
function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !FILLERS.has(word))
    .map((word) => word.replace(/s$/, ''))
}
