import type { HealthCheck } from '../../serving/health.ts'

/** What must have been done once after the start, by upstream's names, which people and load balancers ask for. */
export class StartHooks {
  readonly #done = new Map<string, boolean>()

  /** Call what comes back when it is done. */
  expect(...names: readonly string[]): () => void {
    for (const name of names) this.#done.set(name, false)
    return () => {
      for (const name of names) this.#done.set(name, true)
    }
  }

  /** One check for each of them, those included that are expected later. */
  get checks(): readonly HealthCheck[] {
    return [...this.#done.keys()].map((name) => ({
      name: `poststarthook/${name}`,
      check: () => {
        if (!this.#done.get(name)) throw new Error('not finished')
      },
    }))
  }
}
