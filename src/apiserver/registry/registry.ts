import { ExternalVersions } from '../aggregator/external-versions.ts'
import type { ServedKind } from './served-kind.ts'

/** All that the server serves as resources. What is served may change while it runs. */
export class Registry implements Disposable {
  /** What other servers answer, whose groups and versions go before those that are served here. */
  readonly external = new ExternalVersions()
  readonly #kinds = new Map<string, ServedKind>()

  add(kind: ServedKind): void {
    const { group, version, plural } = kind.type.resource
    this.#kinds.set(keyOf(group, version, plural), kind)
  }

  /** Ends the watches of the resource where no other version of it is left. */
  remove(kind: ServedKind): void {
    const { group, version, plural } = kind.type.resource
    this.#kinds.delete(keyOf(group, version, plural))
    const isServed = this.all().some(({ resource }) => resource === kind.resource)
    if (!isServed) kind.resource.cache[Symbol.dispose]()
  }

  find(group: string, version: string, plural: string): ServedKind | undefined {
    return this.#kinds.get(keyOf(group, version, plural))
  }

  all(): readonly ServedKind[] {
    return [...this.#kinds.values()]
  }

  [Symbol.dispose](): void {
    for (const { resource } of this.#kinds.values()) resource.cache[Symbol.dispose]()
  }
}

function keyOf(group: string, version: string, plural: string): string {
  return `${group}/${version}/${plural}`
}
