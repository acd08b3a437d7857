import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { Load, LoadResult } from './load.ts'

/** Runs one load in a process of its own. */
export function runLoad(load: Load): Promise<LoadResult> {
  const child = fork(join(import.meta.dirname, 'load.ts'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    child.once('message', (result) => resolve(result as LoadResult))
    child.once('exit', (code) =>
      reject(new Error(`The load generator ended with exit code ${code}`)),
    )
    child.send(load)
  })
}
