import { convert } from '../../api/conversion.ts'
import { DEFAULT_FEATURES, type Features } from '../../api/features.ts'
import { gatedStrategy } from '../../api/gated-strategy.ts'
import { SERVED_RESOURCES, storageClassOf } from '../../api/resources.ts'
import { strategyFor } from '../../api/strategies.ts'
import type { Strategy } from '../../api/strategy.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { withExpressions } from '../admission/validate-expressions.ts'
import { definitionStrategy } from '../apiextensions/definition/definition-strategy.ts'
import { definitionHooks } from '../apiextensions/definition/definition-hooks.ts'
import { namespaceHooks } from '../resources/namespace-deletion.ts'
import { specialName } from '../resources/special-verbs.ts'
import type { ApiObject } from './api-object.ts'
import type { ResourceHooks } from './resource.ts'
import type { ResourceRegistration } from './serve-resources.ts'

const EVENT_TTL_SECONDS = 3600

/** What kinds need beside their strategies, by `RESOURCE.GROUP`. */
export type HooksByResource = Readonly<Record<string, ResourceHooks>>

const HOOKS: HooksByResource = {
  pods: { indexedFields: ['spec.nodeName'] },
  namespaces: namespaceHooks,
  'customresourcedefinitions.apiextensions.k8s.io': definitionHooks,
}

/** Rules that take more than a kind's own package has. */
const STRATEGIES: Readonly<Record<string, Strategy<ApiObject>>> = {
  'customresourcedefinitions.apiextensions.k8s.io':
    definitionStrategy as unknown as Strategy<ApiObject>,
}

type Class = ResourceClass<ApiObject>

interface Chosen {
  readonly served?: readonly ResourceClass[] | undefined
  readonly features?: Features | undefined
  readonly eventTtlSeconds?: number | undefined
}

/** The resources of Kubernetes itself, each with all versions in which it is served. */
export function builtInResources(
  more: HooksByResource,
  {
    served = SERVED_RESOURCES,
    features = DEFAULT_FEATURES,
    eventTtlSeconds: ttlSeconds = EVENT_TTL_SECONDS,
  }: Chosen = {},
): readonly ResourceRegistration[] {
  const events: ResourceHooks = { ttlSeconds, indexedFields: ['involvedObject.uid'] }
  const allHooks: HooksByResource = { ...HOOKS, events, ...more }
  const byStored = Map.groupBy(served as readonly Class[], (type) => storageClassOf(type) as Class)
  return [...byStored].map(([type, versions]) => {
    const hooks = allHooks[specialName(type.resource)]
    const others = versions.filter((each) => each !== type)
    return {
      type,
      strategy: gatedStrategy(
        type,
        STRATEGIES[specialName(type.resource)] ?? withExpressions(type, strategyFor(type)),
        features,
      ),
      isServed: versions.includes(type),
      ...(hooks && { hooks }),
      versions: others.map((other) => versionOf(other, type)),
    }
  })
}

function versionOf(
  type: Class,
  stored: Class,
): NonNullable<ResourceRegistration['versions']>[number] {
  return {
    type,
    strategy: strategyFor(type),
    conversion: {
      toStored: (object) => convert(object, type, stored),
      fromStored: (object) => convert(object, stored, type),
    },
  }
}
