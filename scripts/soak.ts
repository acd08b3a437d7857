// Long runs of what the suite does in short: `npm run soak` runs them all, `npm run soak -- NAME…` those that are named.
// A job is a file of test/soak that exports `soak`; it answers with one line, and throws when what it checks is not so.
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { argv, stdout } from 'node:process'
import { pathToFileURL } from 'node:url'

interface Soak {
  readonly name: string
  /** What it shows, in a line. */
  readonly what: string
  /** `log` says how far it is. Resolves with its result in a line. */
  run(log: (line: string) => void): Promise<string>
}

const root = join(import.meta.dirname, '..')
const wanted = argv.slice(2)
const jobs = await allJobs()
const unknown = wanted.filter((name) => !jobs.some((job) => job.name === name))
if (unknown.length > 0) {
  say(`There is no ${unknown.join(', ')}. There are:`)
  for (const { name, what } of jobs) say(`  ${name.padEnd(24)} ${what}`)
  process.exitCode = 2
} else {
  for (const job of jobs) if (wanted.length === 0 || wanted.includes(job.name)) await run(job)
  process.exit() // What a job has left open must not keep us.
}

async function allJobs(): Promise<Soak[]> {
  const files = globSync('test/soak/*.ts', { cwd: root }).filter(
    (file) => !/\.(?:test|node)\.ts$/.test(file),
  )
  const modules = await Promise.all(
    files.toSorted().map((file) => import(pathToFileURL(join(root, file)).href)),
  )
  return (modules as { readonly soak: Soak }[]).map(({ soak }) => soak)
}

async function run({ name, what, run }: Soak): Promise<void> {
  say(`${name}: ${what}`)
  const startedMs = performance.now()
  const seconds = (): string => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`
  try {
    const result = await run((line) => say(`  ${seconds()}  ${line}`))
    say(`${name}: ${result} (${seconds()})`)
  } catch (error) {
    say(`${name}: FAILED after ${seconds()}`)
    console.error(error)
    process.exitCode = 1
  }
}

function say(line: string): void {
  stdout.write(`${line}\n`)
}
