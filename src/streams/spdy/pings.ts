/** Pings that may wait for their answer. */
const PINGS_MAX = 16

const PING_ID_MAX = 0x7fffffff

/** The pings of one end of a connection that wait for an answer; the client's are odd, the server's even. */
export interface PingTable {
  /** A number for a new ping, and what resolves when it is answered. Rejects when too many wait. */
  add(): { readonly id: number; readonly answered: Promise<void> }
  isOurs(id: number): boolean
  answer(id: number): void
  rejectAll(error: Error): void
}

export function pingTable(role: 'client' | 'server'): PingTable {
  const first = role === 'client' ? 1 : 2
  const waiting = new Map<number, PromiseWithResolvers<void>>()
  let next = first
  return {
    add() {
      if (waiting.size >= PINGS_MAX)
        throw new Error(`Cannot ping: ${PINGS_MAX} pings have no answer yet`)
      const id = next
      next = id + 2 > PING_ID_MAX ? first : id + 2
      const answer = Promise.withResolvers<void>()
      waiting.set(id, answer)
      return { id, answered: answer.promise }
    },
    isOurs: (id) => id % 2 === first % 2,
    answer(id) {
      waiting.get(id)?.resolve()
      waiting.delete(id)
    },
    rejectAll(error) {
      for (const answer of waiting.values()) answer.reject(error)
      waiting.clear()
    },
  }
}
