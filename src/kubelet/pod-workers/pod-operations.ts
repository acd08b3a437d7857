/** Something that is being done for a Pod. */
export interface Operation {
  readonly abort: AbortController
  readonly done: Promise<void>
}

/** What is being done for a Pod: at most one operation of each name at a time. */
export interface Operations {
  has(name: string): boolean
  /** Begins an operation, unless one of this name is under way. It must not reject. */
  begin(name: string, work: (signal: AbortSignal) => Promise<void>): void
  abort(name: string): void
  /** Aborts them all and waits until they have ended. */
  end(): Promise<void>
}

export function operations(ended: (name: string) => void): Operations {
  const current = new Map<string, Operation>()
  return {
    has: (name) => current.has(name),
    begin(name, work) {
      if (current.has(name)) return
      const abort = new AbortController()
      const done = work(abort.signal).finally(() => {
        current.delete(name)
        ended(name)
      })
      current.set(name, { abort, done })
    },
    abort: (name) => current.get(name)?.abort.abort(new OperationAbortedError()),
    async end() {
      const all = [...current.values()]
      for (const { abort } of all) abort.abort(new OperationAbortedError())
      await Promise.all(all.map(({ done }) => done))
    },
  }
}

/** Why what was under way for a Pod ended: the Pod is to stop, or the agent is. */
export class OperationAbortedError extends Error {
  override readonly name = 'OperationAbortedError'

  constructor() {
    super('The Pod is being stopped')
  }
}
