/** Something that keeps encodings of itself, and can make them anew. */
export interface EncodingKeeper {
  /** The round in which they were last used. */
  readonly usedIn: number
  forget(): void
}

/**
 * Bounds what encodings take: those that are in use are kept, and of the others the youngest. A large collection that is
 * read now and then does not hold its text beside its objects for ever.
 *
 * Time is counted in rounds, each as long as it takes to make so many bytes. Whatever was not used in the whole round
 * after the one it was made in is forgotten:
 *
 *     round 1   made: a b c      used: a
 *     round 2   made: d e        used: b d    → at its end, a and c are forgotten
 *     round 3   made: f          …
 */
export class KeptEncodings {
  readonly #roundBytes: number
  #round = 0
  #bytes = 0
  // Weakly, since an object that was replaced goes with all that it keeps.
  #young: WeakRef<EncodingKeeper>[] = []
  #old: readonly WeakRef<EncodingKeeper>[] = []

  constructor(roundBytes: number) {
    this.#roundBytes = roundBytes
  }

  get round(): number {
    return this.#round
  }

  /** An encoding of so many bytes was made and is kept. */
  add(keeper: EncodingKeeper, bytes: number): void {
    this.#young.push(new WeakRef(keeper))
    this.#bytes += bytes
    if (this.#bytes >= this.#roundBytes) this.#endRound()
  }

  #endRound(): void {
    const inUse = this.#old.filter((each) => this.#isInUse(each))
    this.#old = [...this.#young, ...inUse]
    this.#young = []
    this.#bytes = 0
    this.#round += 1
  }

  #isInUse(reference: WeakRef<EncodingKeeper>): boolean {
    const keeper = reference.deref()
    if (!keeper) return false
    if (keeper.usedIn === this.#round) return true
    keeper.forget()
    return false
  }
}
