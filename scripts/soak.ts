// Long runs of what the suite does in short: `npm run soak` runs them all, `npm run soak -- NAME…` those that are named.
// A job is a file of test/soak that exports `soak`; it answers with one line, and throws when what it checks is not so.
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { argv, stdout } from 'node:process'
import { pathToFileURL } from 'node:url'
import { keepAlive } from '../src/base/clock.node.ts'

interface Soak {
  readonly name: string
  /** What it shows, in a line. */
  readonly what: string
  /** `log` says how far it is. Resolves with its result in a line. */
  run(log: (line: string) => void): Promise<string>
}

const folder = join(import.meta.dirname, '..', 'test', 'soak')
/** A job's file is named as the job. */
const names = globSync('*.ts', { cwd: folder })
  .filter((file) => !/\.(?:test|node)\.ts$/.test(file))
  .map((file) => basename(file, '.ts'))
  .toSorted()
const wanted = argv.length > 2 ? argv.slice(2) : names
const unknown = wanted.filter((name) => !names.includes(name))
if (unknown.length > 0) {
  say(`There is no ${unknown.join(', ')}. There are: ${names.join(', ')}.`)
  process.exitCode = 2
} else {
  keepAlive() // What a job waits for may keep no process alive by itself.
  for (const name of wanted) await run(await jobNamed(name))
  process.exit() // What a job has left open must not keep us.
}

async function jobNamed(name: string): Promise<Soak> {
  const url = pathToFileURL(join(folder, `${name}.ts`)).href
  const module = (await import(url)) as { readonly soak: Soak }
  return module.soak
}

async function run(job: Soak): Promise<void> {
  const { name, what } = job
  say(`${name}: ${what}`)
  const startedMs = performance.now()
  const seconds = (): string => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`
  try {
    const result = await job.run((line) => say(`  ${seconds()}  ${line}`))
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
