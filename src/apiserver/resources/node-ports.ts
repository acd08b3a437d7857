import type { Store } from '../../storage/store.ts'
import { decodePorts, encodePorts } from './port-record.ts'
import { PortRange, type PortSpan } from './port-range.ts'

const KEY = '/registry/ranges/servicenodeports'

/** Changes which ports are taken: all that it wants, or nothing where it throws. May be called more than once. */
type Change<T> = (ports: PortRange) => T

interface Waiting {
  /** Answers with what to call when the change is stored. */
  apply(ports: PortRange): () => void
  fail(error: unknown): void
}

/**
 * Which ports of the nodes Services have: one record in the store that all API servers change by compare-and-swap. The
 * changes that arrive while one is on its way are made together.
 */
export class NodePorts {
  readonly span: PortSpan
  readonly #store: Store
  #waiting: Waiting[] = []
  #isWorking = false

  constructor(store: Store, span: PortSpan) {
    this.#store = store
    this.span = span
  }

  /** Changes the record. Throws what the change throws, and what the store does. */
  change<T>(change: Change<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.#waiting.push({
      apply(ports) {
        const result = change(ports)
        return () => resolve(result)
      },
      fail: reject,
    })
    if (!this.#isWorking) void this.#work()
    return promise
  }

  /** Tries a change on the record as it is, and stores nothing. */
  async pretend<T>(change: Change<T>): Promise<T> {
    return change(this.#portsIn(await this.#store.get(KEY)))
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0)
      try {
        await this.#commit(batch)
      } catch (error) {
        for (const each of batch) each.fail(error)
      }
    }
    this.#isWorking = false
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    let entry = await this.#store.get(KEY)
    for (;;) {
      const ports = this.#portsIn(entry)
      const settle = batch.map((each) => applied(each, ports))
      const value = { bytes: encodePorts(ports) }
      const isSame = entry !== undefined && equalBytes(entry.value.bytes, value.bytes)
      const result = isSame
        ? { ok: true as const }
        : await this.#store.commit(KEY, entry?.revision ?? 0, { type: 'put', value })
      if (result.ok) {
        for (const each of settle) each()
        return
      }
      entry = result.current
    }
  }

  #portsIn(entry: { readonly value: { readonly bytes: Uint8Array } } | undefined): PortRange {
    return entry ? decodePorts(entry.value.bytes, this.span) : new PortRange(this.span)
  }
}

function applied(waiting: Waiting, ports: PortRange): () => void {
  try {
    return waiting.apply(ports)
  } catch (error) {
    return () => waiting.fail(error)
  }
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
