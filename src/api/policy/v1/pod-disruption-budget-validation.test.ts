import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ResourceClass } from '../../../schema/resource.ts'
import { createErrors, updateErrors } from '../../testing.ts'
import { PodDisruptionBudget } from './index.ts'

type Json = Readonly<Record<string, unknown>>

/** What is wrong with a new object, and all errors in upstream's words. */
const CREATES: readonly (readonly [ResourceClass, string, Json, readonly string[]])[] = [
  [
    PodDisruptionBudget,
    'both limits',
    { spec: { minAvailable: '101%', maxUnavailable: -1, unhealthyPodEvictionPolicy: 'X' } },
    [
      'spec: Invalid value: {"minAvailable":"101%","maxUnavailable":-1,"unhealthyPodEvictionPolicy":"X"}: minAvailable and maxUnavailable cannot be both set',
      'spec.minAvailable: Invalid value: "101%": must not be greater than 100%',
      'spec.maxUnavailable: Invalid value: -1: must be greater than or equal to 0',
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "X": supported values: "AlwaysAllow", "IfHealthyBudget"',
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
    PodDisruptionBudget,
    'an odd condition',
    {
      status: {
        conditions: [{ type: 'a', status: 'X', reason: '', message: '' }],
        expectedPods: -1,
      },
    },
    {},
    [
      'status.conditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"',
      'status.conditions[0].lastTransitionTime: Required value: must be set',
      'status.conditions[0].reason: Required value: must be set',
      'status.expectedPods: Invalid value: -1: must be greater than or equal to 0',
    ],
    'status',
  ],
]

for (const [type, what, json, old, errors, subresource] of UPDATES) {
  test(`a changed ${type.resource.kind} with ${what}`, () =>
    assert.deepEqual(updateErrors(type, json, old, subresource), errors))
}
