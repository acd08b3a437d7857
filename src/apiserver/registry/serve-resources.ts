import { messageSchema, type BodySchema } from '../../apimachinery/body-schema.ts'
import type { GroupVersionKind } from '../../apimachinery/gvk.ts'
import type { Strategy } from '../../api/strategy.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { ApiObject } from './api-object.ts'
import { deprecationWarning } from './deprecations.ts'
import type { RegistryEnvironment } from './environment.ts'
import type { Registry } from './registry.ts'
import { createResource, type ResourceHooks } from './resource.ts'
import type { Conversion } from './served-kind.ts'

/** A resource to serve. */
export interface ResourceRegistration {
  /** The class of the version that is stored. */
  readonly type: ResourceClass<ApiObject>
  readonly strategy: Strategy<ApiObject>
  /** Whether the version that is stored is served too. Default: yes. */
  readonly isServed?: boolean
  readonly hooks?: ResourceHooks
  /** Further versions in which it is served. */
  readonly versions?: readonly {
    readonly type: ResourceClass<ApiObject>
    readonly strategy: Strategy<ApiObject>
    readonly conversion: Conversion
  }[]
}

/** Serves resources, each in all its versions. */
export function serveResources(
  registry: Registry,
  env: RegistryEnvironment,
  registrations: readonly ResourceRegistration[],
): void {
  for (const { type, strategy, isServed = true, hooks, versions = [] } of registrations) {
    const resource = createResource(type, strategy, env, hooks)
    const deprecation = deprecationWarning(type.resource)
    const schema = schemaOf(type, registry)
    if (isServed)
      registry.add({ type, strategy, resource, schema, ...(deprecation && { deprecation }) })
    for (const version of versions) {
      const warning = deprecationWarning(version.type.resource)
      const schema = schemaOf(version.type, registry)
      registry.add({ ...version, resource, schema, ...(warning && { deprecation: warning }) })
    }
  }
}

function schemaOf(type: ResourceClass<ApiObject>, registry: Registry): BodySchema {
  const { group, version, kind } = type.resource
  return messageSchema(
    type,
    { group, version, kind },
    {
      isRegistered: (other) => registry.all().some(({ type }) => isSame(type.resource, other)),
    },
  )
}

function isSame(a: GroupVersionKind, b: GroupVersionKind): boolean {
  return a.group === b.group && a.version === b.version && a.kind === b.kind
}
