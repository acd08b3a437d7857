// Everything that must hold before a commit: format, lint, types, dead code, tests.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const bin = (name: string): string => join(root, 'node_modules', '.bin', name)

const steps: readonly (readonly [string, string, readonly string[]])[] = [
  ['format', bin('oxfmt'), ['--check', '.']],
  ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings']],
  ['types', bin('tsc'), []],
  ['dead code', bin('knip'), []],
  ['tests', process.execPath, [join(root, 'scripts', 'test.ts')]],
]

for (const [name, command, args] of steps) {
  const start = performance.now()
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  if (status !== 0) {
    console.error(`✖ ${name} (${seconds} s)`)
    process.exit(1)
  }
  console.log(`✔ ${name} (${seconds} s)`)
}
