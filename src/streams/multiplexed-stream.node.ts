import { Duplex, type Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { byteQueue, type ByteQueue } from './byte-queue.ts'
import type { ReceiveBudget } from './receive-budget.ts'

/** How a stream reaches the other end. */
export interface Transmitter {
  /** Calls back when the bytes have left, or cannot any more. */
  send(chunk: Uint8Array, done: () => void): void
  /** Half-closes: no more bytes will be sent. */
  finish(done: () => void): void
  /** The stream was destroyed before both directions had ended. */
  abandon(): void
}

/**
 * One stream of a connection that carries several. The connection calls `receive…` and `connectionLost`; everyone else
 * sees a Duplex that half-closes.
 *
 * It never emits `error`. When the other end is gone, it is destroyed, and a reader that still waited sees a premature
 * close; what is written after that is dropped.
 */
export class MultiplexedStream extends Duplex {
  readonly #transmitter: Transmitter
  readonly #budget: ReceiveBudget
  readonly #queue: ByteQueue = byteQueue()
  readonly #reset = new AbortController()
  #wanted = false
  #localDone = false
  #remoteDone = false

  constructor(transmitter: Transmitter, budget: ReceiveBudget) {
    // What waits for the reader waits in our queue, which packs it; so let Node.js take one piece at a time.
    // With `autoDestroy`, reading a Duplex to its end with `for await` would destroy its other direction, too.
    super({ readableHighWaterMark: 1, autoDestroy: false })
    this.#transmitter = transmitter
    this.#budget = budget
    this.once('end', () => this.#destroyWhenDone())
    this.once('finish', () => this.#destroyWhenDone())
  }

  /** Aborts when the other end gave the stream up in both directions. */
  get reset(): AbortSignal {
    return this.#reset.signal
  }

  /** Both directions have ended, so that the connection may forget the stream. */
  get done(): boolean {
    return this.#localDone && this.#remoteDone
  }

  receive(bytes: Uint8Array): void {
    if (this.#remoteDone || this.destroyed) return
    this.#queue.push(bytes)
    this.#budget.add(bytes.length)
    if (this.#wanted) this.#deliver()
  }

  receiveEnd(): void {
    if (this.#remoteDone) return
    this.#remoteDone = true
    if (this.#wanted) this.#deliver()
  }

  /** What came before can still be read; then the stream closes. */
  receiveReset(): void {
    this.#localDone = true
    this.receiveEnd()
    this.#reset.abort()
    this.#destroyWhenDone()
  }

  /** Nothing comes and nothing goes any more. What came before a proper end can still be read. */
  connectionLost(): void {
    this.#localDone = true
    if (this.#remoteDone) this.receiveReset()
    else {
      this.#remoteDone = true
      this.#reset.abort()
      this.destroy()
    }
  }

  /** Lets go of a direction that this stream does not have. */
  withoutSending(): void {
    this.#localDone = true
  }

  override _read(): void {
    this.#wanted = true
    this.#deliver()
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    if (this.#localDone) done()
    else this.#transmitter.send(chunk, done)
  }

  override _final(done: () => void): void {
    if (this.#localDone) return done()
    this.#localDone = true
    this.#transmitter.finish(done)
  }

  override _destroy(_error: Error | null, done: () => void): void {
    this.#budget.add(-this.#queue.length)
    this.#queue.clear()
    if (!this.done) {
      this.#localDone = true
      this.#remoteDone = true
      this.#transmitter.abandon()
    }
    done()
  }

  #destroyWhenDone(): void {
    if (this.readableEnded && (this.writableFinished || this.reset.aborted)) this.destroy()
  }

  #deliver(): void {
    while (this.#wanted) {
      const piece = this.#queue.shift()
      if (!piece) break
      this.#budget.add(-piece.length)
      this.#wanted = this.push(piece)
    }
    if (this.#wanted && this.#remoteDone && this.#queue.length === 0) {
      this.#wanted = false
      this.push(null)
    }
  }
}

/** Waits until what was written to an ended stream has left, or cannot any more. */
export async function flushed(stream: Writable): Promise<void> {
  if (!stream.destroyed) await finished(stream, { readable: false }).catch(() => undefined)
}
