import { seededRandom, type Random } from '../../src/base/random.ts'
import { checkPrototypes, checkResult } from './harmless.ts'
import { mutate, pick } from './mutate.ts'
import { bytesOf, textOf, type Target } from './target.ts'

/** How many inputs that were read well are kept to make others from. */
const POOL_MAX = 200
/** How much of an input an error shows. */
const SHOWN_BYTES_MAX = 16 * 1024

export interface FuzzOptions {
  readonly seed: number
  readonly inputs: number
  /** Told before each input is read, for whoever watches that it ends. */
  readonly onInput?: (input: Uint8Array) => void
}

/**
 * Gives a target inputs that are nearly right. An input that is read well is one from which others are made, so that
 * changes add up. Resolves with how many were read well; rejects with the first that is neither read nor refused.
 */
export async function fuzz(
  target: Target,
  { seed, inputs, onInput }: FuzzOptions,
): Promise<number> {
  const random = seededRandom(seed)
  const pool = [...target.seeds]
  const tokens = (target.tokens ?? []).map(bytesOf)
  for (const each of target.seeds) await read(target, each) // What the rest is made from must be right.
  let accepted = 0
  for (let done = 0; done < inputs; done++) {
    const input = next(random, target, pool, tokens)
    onInput?.(input)
    if (!(await isAccepted(target, input, `seed ${seed}, input ${done}`))) continue
    accepted += 1
    if (pool.length < POOL_MAX) pool.push(input)
    else
      pool[target.seeds.length + Math.floor(random.next() * (POOL_MAX - target.seeds.length))] =
        input
  }
  return accepted
}

/** Gives a target inputs as they are. Resolves and rejects as `fuzz()` does. */
export async function readAll(
  target: Target,
  inputs: readonly Uint8Array[],
  onInput: (input: Uint8Array) => void,
): Promise<number> {
  let accepted = 0
  for (const [index, input] of inputs.entries()) {
    onInput(input)
    if (await isAccepted(target, input, `input ${index}`)) accepted += 1
  }
  return accepted
}

function next(
  random: Random,
  { generate, bytesMax = 4096 }: Target,
  pool: readonly Uint8Array[],
  tokens: readonly Uint8Array[],
): Uint8Array {
  const source = random.next()
  const input = generate && source < 0.6 ? generate(random) : pick(random, pool)
  return generate && source < 0.4
    ? input
    : mutate(random, input, { tokens, others: pool, bytesMax })
}

async function isAccepted(target: Target, input: Uint8Array, which: string): Promise<boolean> {
  try {
    await read(target, input)
    return true
  } catch (error) {
    if (target.isRefusal(error)) return false
    const begin = input.subarray(0, SHOWN_BYTES_MAX)
    const shown = `${JSON.stringify(textOf(begin))} (base64: ${begin.toBase64()})`
    throw new Error(`${target.name}, ${which}: ${shown}`, { cause: error })
  } finally {
    checkPrototypes()
  }
}

async function read(target: Target, input: Uint8Array): Promise<void> {
  const result = target.read(input)
  checkResult(result instanceof Promise ? await result : result, input.length)
}
