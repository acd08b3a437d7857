import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ResourceClass } from '../../../schema/resource.ts'
import { LABEL_RULE, createErrors, updateErrors } from '../../testing.ts'
import { RuntimeClass } from './index.ts'

type Json = Readonly<Record<string, unknown>>

/** What is wrong with a new object, and all errors in upstream's words. */
const CREATES: readonly (readonly [ResourceClass, string, Json, readonly string[]])[] = [
  [
    RuntimeClass,
    'unknown values',
    {
      handler: 'A',
      overhead: { podFixed: { cpu: '-1' } },
      scheduling: {
        tolerations: [
          { key: 'a', operator: 'Exists' },
          { key: 'a', operator: 'Exists' },
        ],
      },
    },
    [
      `handler: Invalid value: "A": ${LABEL_RULE}`,
      'overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      'scheduling.tolerations[1]: Duplicate value: {"key":"a","operator":"Exists"}',
    ],
  ],
]

for (const [type, what, json, errors] of CREATES) {
  test(`a new ${type.resource.kind} with ${what}`, () =>
    assert.deepEqual(createErrors(type, json), errors))
}

/** What changes in an object, and all errors in upstream's words. */
const UPDATES: readonly (readonly [
  ResourceClass,
  string,
  Json,
  Json,
  readonly string[],
  string?,
])[] = [
  [
    RuntimeClass,
    'another handler',
    { handler: 'a' },
    { handler: 'b' },
    ['handler: Invalid value: "a": field is immutable'],
  ],
]

for (const [type, what, json, old, errors, subresource] of UPDATES) {
  test(`a changed ${type.resource.kind} with ${what}`, () =>
    assert.deepEqual(updateErrors(type, json, old, subresource), errors))
}
