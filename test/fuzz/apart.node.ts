import { Worker } from 'node:worker_threads'
import type { FuzzOptions } from './run.ts'

const HEAP_MIB_MAX = 1024
const LOOK_MS = 60_000
const INPUT_BYTES_MAX = 64 * 1024

/** How to make inputs, or inputs as they are. */
type Inputs = Omit<FuzzOptions, 'onInput'> | readonly Uint8Array[]

/** What a worker is given, and what it shares: how many inputs it has begun, and the one that it is at. */
export interface Work {
  readonly name: string
  readonly inputs: Inputs
  /** The number of inputs, and the length of the current one. */
  readonly progress: Int32Array
  readonly current: Uint8Array
}

/**
 * Gives a target inputs on a thread of its own, which has little memory, and which must get on: who is at the same input from
 * one look to the next but one hangs. Resolves with how many inputs were read well.
 */
export async function fuzzApart(name: string, inputs: Inputs): Promise<number> {
  const work: Work = {
    name,
    inputs,
    progress: new Int32Array(new SharedArrayBuffer(8)),
    current: new Uint8Array(new SharedArrayBuffer(INPUT_BYTES_MAX)),
  }
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const looking = lookAt(work, reject)
  const worker = new Worker(new URL('fuzz-worker.node.ts', import.meta.url), {
    workerData: work,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
  })
  worker.on('message', resolve)
  worker.on('error', reject)
  try {
    return await promise
  } catch (error) {
    throw new Error(`${name}, at ${inputOf(work)}`, { cause: error })
  } finally {
    clearInterval(looking)
    await worker.terminate()
  }
}

function lookAt({ progress }: Work, hangs: (error: Error) => void): NodeJS.Timeout {
  let [before, looks] = [-1, 0]
  return setInterval(() => {
    const now = Atomics.load(progress, 0)
    looks = now === before ? looks + 1 : 0
    before = now
    if (looks > 1) hangs(new Error('it hangs'))
  }, LOOK_MS)
}

function inputOf({ progress, current }: Work): string {
  const input = current.slice(0, progress[1])
  return `input ${progress[0]} (base64: ${input.toBase64()})`
}
