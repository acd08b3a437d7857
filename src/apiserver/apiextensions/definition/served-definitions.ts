import { equal } from '../../../apimachinery/equality.ts'
import type { Registry } from '../../registry/registry.ts'
import type { CustomKind, CustomKindsOptions } from '../kind/custom-kinds.ts'
import { customKinds } from '../kind/custom-kinds.ts'
import { isTrue, type Definition } from './conditions.ts'

interface Served {
  readonly definition: Definition
  readonly kinds: readonly CustomKind[]
  readonly state: { terminating: boolean }
}

/** Keeps the registry to what the definitions of custom resources say. */
export class ServedDefinitions {
  readonly #registry: Registry
  readonly #options: Omit<CustomKindsOptions, 'isTerminating'>
  readonly #served = new Map<string, Served>()

  constructor(registry: Registry, options: Omit<CustomKindsOptions, 'isTerminating'>) {
    this.#registry = registry
    this.#options = options
  }

  /** Serves a definition as it is now, if its names are accepted. What has not changed goes on being served. */
  put(definition: Definition): void {
    const name = definition.metadata.name
    const before = this.#served.get(name)
    if (!isTrue(definition, 'NamesAccepted') && !isTrue(definition, 'Established')) {
      return this.delete(name)
    }
    const terminating =
      definition.metadata.deletionTimestamp !== undefined || isTrue(definition, 'Terminating')
    if (before && isServedAlike(before.definition, definition)) {
      before.state.terminating = terminating
      return
    }
    const state = { terminating }
    const kinds = customKinds(definition, {
      ...this.#options,
      isTerminating: () => state.terminating,
    })
    this.delete(name)
    // What Kubernetes itself serves goes on being served.
    const isOwn = !this.overlapsBuiltIn(definition)
    for (const kind of kinds) if (kind.isServed && isOwn) this.#registry.add(kind)
    this.#served.set(name, { definition, kinds, state })
  }

  /** Whether Kubernetes itself has a resource of that name, whose objects are stored in the same place. */
  overlapsBuiltIn({ spec }: Definition): boolean {
    return this.#registry
      .all()
      .some(
        ({ schema, resource: { info } }) =>
          schema.message !== undefined &&
          info.group === spec.group &&
          info.plural === spec.names.plural,
      )
  }

  delete(name: string): void {
    const served = this.#served.get(name)
    this.#served.delete(name)
    for (const kind of served?.kinds ?? []) {
      const { group, version, plural } = kind.type.resource
      if (this.#registry.find(group, version, plural) === kind) this.#registry.remove(kind)
      else kind.resource.cache[Symbol.dispose]()
    }
  }
}

function isServedAlike(a: Definition, b: Definition): boolean {
  return (
    a.metadata.uid === b.metadata.uid &&
    equal(a.spec, b.spec) &&
    equal(a.status.acceptedNames, b.status.acceptedNames) &&
    equal(a.status.storedVersions, b.status.storedVersions)
  )
}
