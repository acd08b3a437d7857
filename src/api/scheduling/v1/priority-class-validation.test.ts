import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ResourceClass } from '../../../schema/resource.ts'
import { createErrors, updateErrors } from '../../testing.ts'
import { PriorityClass } from './index.ts'

type Json = Readonly<Record<string, unknown>>

/** What is wrong with a new object, and all errors in upstream's words. */
const CREATES: readonly (readonly [ResourceClass, string, Json, readonly string[]])[] = [
  [
    PriorityClass,
    'a name of the system',
    { metadata: { name: 'system-x' }, value: 1 },
    [
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not a known system priority class",
    ],
  ],
  [
    PriorityClass,
    'too much of it',
    { value: 1000000001, preemptionPolicy: 'X' },
    [
      'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
      'preemptionPolicy: Unsupported value: "X": supported values: "PreemptLowerPriority", "Never"',
    ],
  ],
  [
    PriorityClass,
    'the class of the system',
    { metadata: { name: 'system-node-critical' }, value: 2000001000 },
    [],
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
    PriorityClass,
    'another value',
    { value: 2 },
    { value: 1 },
    ['value: Forbidden: may not be changed in an update.'],
  ],
]

for (const [type, what, json, old, errors, subresource] of UPDATES) {
  test(`a changed ${type.resource.kind} with ${what}`, () =>
    assert.deepEqual(updateErrors(type, json, old, subresource), errors))
}
