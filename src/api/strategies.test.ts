import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { systemRandom } from '../base/random.node.ts'
import { createVirtualClock } from '../base/virtual-clock.ts'
import { apiVersionOf, type ResourceClass } from '../schema/resource.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './meta/v1/object-meta-validation.ts'
import type { ObjectMeta } from './meta/v1/object-meta.ts'
import { OPTIONAL_VERSIONS, SERVED_RESOURCES } from './resources.ts'
import { strategyFor } from './strategies.ts'
import { arbitraryObject } from './testing.ts'
import type { StrategyContext } from './strategy.ts'

const CONTEXT: StrategyContext = {
  clock: createVirtualClock({ settle: () => Promise.resolve() }),
  random: systemRandom,
  user: { name: 'jane', groups: ['system:authenticated'] },
}

interface Meta {
  readonly metadata?: ObjectMeta
}

/** Takes two objects through all that the registry may do with them. */
function exercise<T extends Meta>(type: ResourceClass<T>, a: T, b: T): void {
  const strategy = strategyFor(type)
  const complete = strategy.applyDefaults ?? ((object: T) => object)
  const [x, y] = [complete(a), complete(b)]
  assert.equal(complete(x), x)
  const created = strategy.prepareForCreate?.(x, CONTEXT) ?? x
  if (created.metadata)
    validateObjectMeta(created.metadata, { ...type.resource, validateName: strategy.validateName })
  strategy.validateCreate(created)
  strategy.warnings?.(created)
  strategy.canonicalize?.(created)
  const updated = strategy.prepareForUpdate?.(x, y, CONTEXT) ?? x
  if (updated.metadata && y.metadata) validateObjectMetaUpdate(updated.metadata, y.metadata)
  strategy.validateUpdate(updated, y)
  strategy.warnings?.(updated, y)
  const subresources = Object.values(strategy.subresources ?? {})
  for (const each of strategy.status ? [strategy.status, ...subresources] : subresources) {
    const changed = each.prepareForUpdate(x, y, CONTEXT)
    each.validateUpdate(changed, y)
    each.warnings?.(changed, y)
  }
  strategy.gracefulDeletion?.(x, undefined)
  for (const select of Object.values(strategy.selectableFields ?? {}))
    assert.equal(typeof select(x), 'string')
}

const optional = await Promise.all(OPTIONAL_VERSIONS.map(({ load }) => load()))
const KINDS = [...SERVED_RESOURCES, ...optional.flatMap(({ resources }) => resources)]

for (const type of KINDS as readonly ResourceClass<Meta>[]) {
  const name = `${apiVersionOf(type.resource)} ${type.resource.kind}`
  test(`the rules of ${name} take whatever decodes, and default it once and for all`, () => {
    fc.assert(
      fc.property(arbitraryObject(type), arbitraryObject(type), (a, b) => exercise(type, a, b)),
      { numRuns: 40 },
    )
  })
}
