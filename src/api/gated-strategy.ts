import type { ResourceClass } from '../schema/resource.ts'
import { fieldDropper, type DropFields } from './drop-fields.ts'
import type { FeatureName, Features } from './features.ts'
import type { Strategy, UpdateStrategy } from './strategy.ts'

/** The strategy of a kind with the fields of features that are off dropped from all that clients send. */
export function gatedStrategy<T>(
  type: ResourceClass<T>,
  strategy: Strategy<T>,
  features: Features,
): Strategy<T> {
  const drop = fieldDropper(type, features)
  if (!drop) return strategy
  const { prepareForCreate, prepareForUpdate, status, subresources } = strategy
  return {
    ...strategy,
    prepareForCreate(object, context) {
      const kept = drop(object, undefined)
      return prepareForCreate ? prepareForCreate(kept, context) : kept
    },
    prepareForUpdate(object, old, context) {
      const kept = drop(object, old)
      return prepareForUpdate ? prepareForUpdate(kept, old, context) : kept
    },
    ...(status && { status: gatedUpdate(status, drop, features) }),
    ...(subresources && {
      subresources: Object.fromEntries(
        Object.entries(subresources).map(([name, each]) => [
          name,
          gatedUpdate(each, drop, features),
        ]),
      ),
    }),
  }
}

function gatedUpdate<T>(
  strategy: UpdateStrategy<T>,
  drop: DropFields,
  features: Features,
): UpdateStrategy<T> {
  const { prepareForUpdate, without = {} } = strategy
  const names = Object.keys(without) as readonly FeatureName[]
  const restore = names.flatMap((name) => (features.enabled(name) ? [] : [without[name]!]))
  return {
    ...strategy,
    prepareForUpdate(object, old, context) {
      const kept = restore.reduce((each, change) => change(each, old), drop(object, old))
      return prepareForUpdate(kept, old, context)
    },
  }
}
