import { readFile } from 'node:fs/promises'
import { writeFileAtomic } from '../base/atomic-file.node.ts'
import type { StateFile } from './state-file.ts'

/** Reads a file of the agent's own, to go on from there; its directory must be there to save. */
export async function openStateFile(path: string): Promise<StateFile> {
  return {
    saved: await readFile(path, 'utf8').catch(() => ''),
    save: (text) => writeFileAtomic(path, text, { mode: 0o600 }),
  }
}
