import { ELEMENT_HOLDERS, planRuleset, type ElementHolder, type Ruleset } from './ruleset.ts'
import { EMPTY_RULESET, updateScript } from './nft-script.ts'
import type { Family, ServicePort } from './service-port.ts'

/**
 * The rules of each Service that are in force in one family, so that a change of one Service costs what that Service
 * costs, however many there are.
 */
export class ServiceRules {
  readonly #family: Family
  readonly #byService = new Map<string, Ruleset>()
  /** How many Services need each hairpin: Services may share Pods. */
  readonly #hairpins = new Map<string, number>()

  constructor(family: Family) {
    this.#family = family
  }

  /**
   * Takes in the ports of the Services that changed (none: the Service is gone) and answers with the commands that bring
   * the table from before to after in one transaction; empty where nothing is to be done.
   */
  update(table: string, changed: ReadonlyMap<string, readonly ServicePort[]>): string {
    const before: Ruleset[] = []
    const after: Ruleset[] = []
    for (const [service, ports] of changed) {
      const old = this.#byService.get(service)
      const planned = planRuleset(ports, { family: this.#family })
      if (old) before.push(old)
      after.push(planned)
      if (ports.length === 0) this.#byService.delete(service)
      else this.#byService.set(service, planned)
    }
    const [from, to] = [merge(before), merge(after)]
    return updateScript(table, this.#family, ...this.#withoutShared(from, to, before, after))
  }

  /** Forgets all that was in force: the table was made anew. */
  clear(): void {
    this.#byService.clear()
    this.#hairpins.clear()
  }

  /** Leaves only those hairpins on either side that really come or go. */
  #withoutShared(
    from: Ruleset,
    to: Ruleset,
    before: readonly Ruleset[],
    after: readonly Ruleset[],
  ): [Ruleset, Ruleset] {
    const touched = new Set<string>([
      ...from.elements.hairpins.keys(),
      ...to.elements.hairpins.keys(),
    ])
    const had = new Set([...touched].filter((key) => this.#hairpins.has(key)))
    for (const ruleset of before) this.#count(ruleset, -1)
    for (const ruleset of after) this.#count(ruleset, 1)
    const has = [...touched].filter((key) => this.#hairpins.has(key))
    return [withHairpins(from, [...had]), withHairpins(to, has)]
  }

  #count({ elements }: Ruleset, by: 1 | -1): void {
    for (const key of elements.hairpins.keys()) {
      const count = (this.#hairpins.get(key) ?? 0) + by
      if (count === 0) this.#hairpins.delete(key)
      else this.#hairpins.set(key, count)
    }
  }
}

function withHairpins(ruleset: Ruleset, keys: readonly string[]): Ruleset {
  return {
    ...ruleset,
    elements: { ...ruleset.elements, hairpins: new Map(keys.map((key) => [key, ''])) },
  }
}

function merge(rulesets: readonly Ruleset[]): Ruleset {
  if (rulesets.length === 0) return EMPTY_RULESET
  const elements = Object.fromEntries(
    ELEMENT_HOLDERS.map((holder) => [
      holder,
      new Map(rulesets.flatMap((each) => [...each.elements[holder]])),
    ]),
  ) as unknown as Record<ElementHolder, ReadonlyMap<string, string>>
  return {
    chains: new Map(rulesets.flatMap(({ chains }) => [...chains])),
    sets: new Map(rulesets.flatMap(({ sets }) => [...sets])),
    elements,
  }
}
