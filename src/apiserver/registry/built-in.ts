import { Pod } from '../../api/core/v1/pod.ts'
import { podStrategy } from '../../api/core/v1/pod-strategy.ts'
import { Namespace } from '../../api/core/v1/namespace.ts'
import { namespaceStrategy } from '../../api/core/v1/namespace-strategy.ts'
import { Node } from '../../api/core/v1/node.ts'
import { nodeStrategy } from '../../api/core/v1/node-strategy.ts'
import { Service } from '../../api/core/v1/service.ts'
import { serviceStrategy } from '../../api/core/v1/service-strategy.ts'
import { SERVED_RESOURCES, storageClassOf } from '../../api/resources.ts'
import { strategies, strategyOf } from '../../api/strategy.ts'
import { namespaceHooks } from '../resources/namespace-deletion.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { ApiObject } from './api-object.ts'
import { defaultStrategy } from './default-strategy.ts'
import type { ResourceHooks } from './resource.ts'
import type { ResourceRegistration } from './serve-resources.ts'

const STRATEGIES = strategies([
  strategyOf(Namespace, namespaceStrategy),
  strategyOf(Node, nodeStrategy),
  strategyOf(Pod, podStrategy),
  strategyOf(Service, serviceStrategy),
])

const EVENT_TTL_SECONDS = 3600

/** What kinds need beside their strategies, by `RESOURCE.GROUP`. */
export type HooksByResource = Readonly<Record<string, ResourceHooks>>

const HOOKS: HooksByResource = {
  events: { ttlSeconds: EVENT_TTL_SECONDS },
  namespaces: namespaceHooks,
}

/** The resources of Kubernetes itself. */
export function builtInResources(more: HooksByResource): readonly ResourceRegistration[] {
  return SERVED_RESOURCES.flatMap((served) => {
    if (storageClassOf(served) !== served) return []
    const type = served as ResourceClass<ApiObject>
    const { group, plural, subresources } = type.resource
    const hooks = { ...HOOKS, ...more }[group === '' ? plural : `${plural}.${group}`]
    const hasStatus = subresources.some(({ name }) => name === 'status')
    const strategy = STRATEGIES.get(type) ?? defaultStrategy({ hasStatus })
    return [{ type, strategy, ...(hooks && { hooks }) }]
  })
}
