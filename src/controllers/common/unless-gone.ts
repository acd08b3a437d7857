import { isNotFound } from '../../apimachinery/status-predicates.ts'

/** Waits for a write to an object that may be gone by now, which is fine: then nothing is left to do. */
export async function unlessGone(write: Promise<unknown>): Promise<void> {
  try {
    await write
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
