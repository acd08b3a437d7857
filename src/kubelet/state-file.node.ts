import { readFile } from 'node:fs/promises'
import { writeFileAtomic } from '../base/atomic-file.node.ts'
import { turns } from './images/turns.ts'
import type { StateFile } from './state-file.ts'

/** Reads a file of the agent's own, to go on from there; its directory must be there to save. */
export async function openStateFile(path: string): Promise<StateFile> {
  const inTurn = turns(1) // So that the newest is what stays.
  return {
    saved: await readFile(path, 'utf8').catch(() => ''),
    save: (text) => inTurn(() => writeFileAtomic(path, text, { mode: 0o600 })),
  }
}
