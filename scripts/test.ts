// Runs every test. Unit and integration tests share one process. Those that need the machine's containers and network wait
// more than they work, so they run beside it, in two processes of their own. `npm test -- src/storage` runs only what
// lies below a path.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join, sep } from 'node:path'
import { stdout } from 'node:process'
import { PROGRESS, type Progress } from './test-reporter.ts'

/** No test takes so long, even on a slow machine. What waits for something that never comes is ended then. */
const STILL_MS = 10 * 60_000

const root = join(import.meta.dirname, '..')
const wanted = process.argv.slice(2)

const ALL = [
  'src/**/*.test.ts',
  'test/**/*.test.ts',
  'scripts/**/*.test.ts',
  'examples/**/*.test.ts',
]
const END_TO_END = ['test/e2e']
const ON_THE_MACHINE = [
  'test/conformance/network',
  'test/conformance/node',
  'test/conformance/storage',
  'test/containerd',
  'test/csi',
  'test/kubelet',
  'test/network',
]

const files = select()
const apart = [...END_TO_END, ...ON_THE_MACHINE]
const results = await Promise.all([
  run(
    'shared',
    files.filter((file) => !isBelow(file, apart)),
  ),
  run(
    'machine',
    files.filter((file) => isBelow(file, ON_THE_MACHINE)),
  ),
  run(
    'end-to-end',
    files.filter((file) => isBelow(file, END_TO_END)),
  ),
])
const passed = results.reduce((sum, each) => sum + each.passed, 0)
const failed = results.reduce((sum, each) => sum + each.failed, 0)
const skipped = results.reduce((sum, each) => sum + each.skipped, 0)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed > 0 || passed === 0 || results.some((each) => each.code !== 0) ? 1 : 0)

interface Result extends Omit<Progress, 'running'> {
  readonly code: number
}

function select(): readonly string[] {
  const all = globSync(ALL, { cwd: root }).toSorted()
  return wanted.length === 0
    ? all
    : all.filter((file) => wanted.some((path) => file.startsWith(path)))
}

function isBelow(file: string, folders: readonly string[]): boolean {
  return folders.some((folder) => file.startsWith(join(folder, sep)))
}

/** Runs files in one process, printing its failures and the reasons of skips; ends it where it stands still. */
function run(name: string, files: readonly string[]): Promise<Result> {
  let progress: Progress = { passed: 0, failed: 0, skipped: 0, running: [] }
  if (files.length === 0) return Promise.resolve({ ...progress, code: 0 })
  const reporter = join(root, 'scripts', 'test-reporter.ts')
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--test',
      '--test-isolation=none',
      `--test-reporter=${reporter}`,
      ...files,
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const { promise, resolve } = Promise.withResolvers<Result>()
  const still = setTimeout(() => {
    const where = progress.running.length > 0 ? progress.running.join(', ') : 'what they left open'
    console.log(`✖ the ${name} tests stood still for ${STILL_MS / 60_000} minutes at ${where}`)
    child.kill('SIGKILL')
    resolve({ ...progress, failed: progress.failed + 1, code: 1 })
  }, STILL_MS)

  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    still.refresh()
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.startsWith(PROGRESS))
        progress = JSON.parse(line.slice(PROGRESS.length)) as typeof progress
      else stdout.write(`${line}\n`)
    }
  })
  child.on('close', (code) => {
    clearTimeout(still)
    if (code !== 0 && progress.failed === 0)
      console.log(`✖ the ${name} tests ended with exit code ${code}`)
    resolve({ ...progress, code: code ?? 1 })
  })
  return promise
}
