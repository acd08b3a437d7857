import type { Readable, Writable } from 'node:stream'
import type { TerminalSize } from './resize.ts'

/**
 * The streams of an exec or attach, whichever protocol carries them. Present are those that were asked for.
 * None of them ever emits `error`: when the other end is gone, they are destroyed.
 */
export interface RemoteCommandStreams {
  /** What the client types. Ends when the client half-closes it. */
  readonly stdin?: Readable
  readonly stdout?: Writable
  readonly stderr?: Writable
  readonly tty: boolean
  /** The sizes of the client's terminal, if there is one: the newest each time. Ends with the session. */
  readonly resize?: AsyncIterable<TerminalSize>
  /** Aborts when nobody is interested any more. */
  readonly signal?: AbortSignal
}
