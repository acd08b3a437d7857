import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ResourceClass } from '../../../schema/resource.ts'
import { createErrors } from '../../testing.ts'
import { Lease } from './index.ts'

type Json = Readonly<Record<string, unknown>>

/** What is wrong with a new object, and all errors in upstream's words. */
const CREATES: readonly (readonly [ResourceClass, string, Json, readonly string[]])[] = [
  [
    Lease,
    'odd numbers',
    { spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } },
    [
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
      'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
]

for (const [type, what, json, errors] of CREATES) {
  test(`a new ${type.resource.kind} with ${what}`, () =>
    assert.deepEqual(createErrors(type, json), errors))
}
