import { CustomResourceDefinition } from '../api/apiextensions/v1/custom-resource-definition.ts'
import { isEstablished } from '../api/apiextensions/v1/established.ts'
import { APIService } from '../api/apiregistration/v1/api-service.ts'
import { compareVersions, parseApiVersion } from '../apimachinery/gvk.ts'
import type { ResourceClass } from '../schema/resource.ts'
import { dynamicClass, type AnyObject } from './dynamic-class.ts'
import { followAggregated } from './follow-aggregated.ts'
import type { SharedInformers } from './shared-informers.ts'

/**
 * The resources that the server has, whatever their types. Follows definitions of custom resources and APIServices as
 * they come and go.
 */
export interface Catalog {
  /** Each resource once, in its best version. */
  list(): readonly ResourceClass<AnyObject>[]
  /** The class of a kind, whatever the version. */
  find(reference: {
    readonly apiVersion: string
    readonly kind: string
  }): ResourceClass<AnyObject> | undefined
  /** Calls the handlers for what is there, and as resources come and go, until disposed. */
  subscribe(handlers: CatalogHandlers): Disposable
}

interface CatalogHandlers {
  readonly add: (type: ResourceClass<AnyObject>) => void
  readonly remove: (type: ResourceClass<AnyObject>) => void
}

/**
 * A catalog of built-in types, and where their types are among these, of custom resources and of what other servers
 * answer. Those are asked what they have whenever their APIServices change.
 */
export function createCatalog(
  builtIn: readonly ResourceClass[],
  informers: SharedInformers,
): Catalog & Disposable {
  const types = new Map<string, ResourceClass<AnyObject>>()
  const subscribers = new Set<CatalogHandlers>()
  for (const type of bestVersions(builtIn.filter(isFollowable))) types.set(kindKey(type), type)

  const set = (key: string, type: ResourceClass<AnyObject> | undefined): void => {
    const before = types.get(key)
    if (before?.resource.version === type?.resource.version) return
    if (before && types.delete(key)) for (const { remove } of subscribers) remove(before)
    if (!type) return
    types.set(key, type)
    for (const { add } of subscribers) add(type)
  }
  using stack = new DisposableStack()
  if (builtIn.some((type) => type === CustomResourceDefinition)) {
    const put = (definition: CustomResourceDefinition): void =>
      set(definitionKey(definition), customClass(definition))
    const remove = (definition: CustomResourceDefinition): void =>
      set(definitionKey(definition), undefined)
    const definitions = informers.informer(CustomResourceDefinition)
    stack.use(definitions.subscribe({ add: put, update: put, delete: remove }))
  }
  if (builtIn.some((type) => type === APIService)) stack.use(followAggregated(informers, set))
  const following = stack.move()

  return {
    list: () => [...types.values()],
    find: ({ apiVersion, kind }) => types.get(`${kind}.${parseApiVersion(apiVersion).group}`),
    subscribe(handlers) {
      for (const type of types.values()) handlers.add(type)
      subscribers.add(handlers)
      return { [Symbol.dispose]: () => void subscribers.delete(handlers) }
    },
    [Symbol.dispose]: () => following[Symbol.dispose](),
  }
}

function isFollowable({ resource }: ResourceClass): boolean {
  return ['list', 'watch'].every((verb) => resource.verbs.includes(verb))
}

/** Of types that are served in several versions, the best. */
function bestVersions(types: readonly ResourceClass[]): readonly ResourceClass<AnyObject>[] {
  const groups = Map.groupBy(types, kindKey)
  return [...groups.values()].map((versions) => {
    const [best] = versions.toSorted((a, b) =>
      compareVersions(a.resource.version, b.resource.version),
    )
    // Every stored object has what AnyObject tells.
    return best as ResourceClass<AnyObject>
  })
}

function kindKey({ resource }: ResourceClass): string {
  return `${resource.kind}.${resource.group}`
}

function definitionKey({ spec }: CustomResourceDefinition): string {
  return `${spec.names.kind}.${spec.group}`
}

/** The class of a custom resource in its best version; undefined while it is not served. */
function customClass(definition: CustomResourceDefinition): ResourceClass<AnyObject> | undefined {
  const { spec } = definition
  const [best] = spec.versions
    .filter(({ served }) => served)
    .toSorted((a, b) => compareVersions(a.name, b.name))
  if (!isEstablished(definition) || !best) return undefined
  const { kind, plural } = spec.names
  const namespaced = spec.scope === 'Namespaced'
  return dynamicClass({ group: spec.group, version: best.name, kind, plural, namespaced })
}
