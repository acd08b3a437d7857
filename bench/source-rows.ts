import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { load } from './measured.ts'
import type { Row } from './row.ts'

/** What it costs to work on the project. */
export const SOURCE_ROWS: readonly Row[] = [
  {
    name: 'type-check',
    what: 'a type check of the whole project',
    measure: async () => {
      const cwd = join(import.meta.dirname, '..')
      const startMs = performance.now()
      const { status, stdout } = spawnSync(join(cwd, 'node_modules', '.bin', 'tsc'), {
        cwd,
        encoding: 'utf8',
      })
      if (status !== 0) throw new Error(stdout)
      const value = (performance.now() - startMs) / 1000
      return [{ name: 'tsc', value, unit: 's', goal: '10', note: load() }]
    },
  },
]
