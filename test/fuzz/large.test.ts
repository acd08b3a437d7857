import { test } from 'node:test'
import { fuzzApart } from './apart.node.ts'
import { bytesOf } from './target.ts'

/** What the head of a request may have, and a third of what a body may. */
const BYTES = 1024 * 1024

/** Inputs whose reading would take minutes or years, or the whole stack, if work grew faster than the input does. */
const LARGE: readonly (readonly [target: string, what: string, text: string])[] = [
  ['PEM texts', 'blocks that begin and never end', '-----BEGIN A-----\n'],
  ['PEM texts', 'headers without an end', '-----BEGIN A-----\na:\r\n-----END A-----'],
  ['JSON bodies', 'lists in lists', '['],
  ['JSON bodies', 'escapes', '{"\\ud800":1,'],
  ['CBOR bodies', 'tags of tags', '\u0000\u0001'],
  ['label selectors', 'requirements', 'a in (b),'],
  ['label selectors', 'opened lists', 'a in (('],
  ['field selectors', 'escapes', '\\,'],
  ['field selectors', 'negations', '!!'],
  ['quantities', 'digits', '9'],
  ['quantities', 'places', '.0'],
  ['durations', 'units', '1h'],
  ['durations', 'digits', '9'],
  ['CEL expressions', 'negations', '!'],
  ['CEL expressions', 'parentheses', '('],
  ['CEL expressions', 'sums', '1+'],
  ['CEL expressions', 'lists', '['],
  ['CEL expressions', 'conditions', 'true?'],
  ['CEL expressions', 'calls', 'size('],
  ['JSON paths of columns', 'steps', '.a'],
  ['JSON paths of columns', 'escapes', '\\a'],
  ['JSON paths of columns', 'descents', '..*'],
  ['JSON paths of columns', 'filters', '[?(@.a'],
  ['URLs', 'limits without a number', '/api/v1/pods?&limit=&limit=&limit=&limit=&limit=&limit='],
  ['URLs', 'places', '/api/v1/namespaces/a/'],
  ['URLs', 'escapes', '%25'],
  ['Accept headers', 'wishes', 'a/b;q=0.1,*/*,'],
  ['Accept headers', 'parameters', ';a=b'],
  ['bearer tokens', 'dots', '.'],
  ['terminal sizes', 'braces', '{}'],
  ['terminal sizes', 'openings', '{'],
  ['SPDY frames', 'zeros', '\0\0\0\u0001'],
  ['gRPC frames', 'empty messages', '\0'],
  ['DNS messages', 'zeros', '\0'],
]

for (const [name, pieces] of Map.groupBy(LARGE, ([target]) => target)) {
  const what = pieces.map(([, each]) => each).join(', ')
  test(`${name}: ${what}, as many as fit, are read or refused`, async () => {
    await fuzzApart(
      name,
      pieces.map(([, , piece]) => bytesOf(piece.repeat(BYTES / piece.length))),
    )
  })
}
