// Tells which behaviours have a test, by group, and lists those that have none:
//
//     node test/conformance/coverage.ts
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { behaviours, type Behaviour } from './behaviours.ts'

const TESTS = join(import.meta.dirname, '..')
const CALL = /\bconformance\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g

/** The codenames that tests are registered under, as often as they are. */
export function testedCodenames(): readonly string[] {
  const files = globSync(['conformance/**/*.test.ts', 'e2e/steps/*.ts'], { cwd: TESTS }).toSorted()
  return files.flatMap((file) => {
    const calls = readFileSync(join(TESTS, file), 'utf8').matchAll(CALL)
    return [...calls].map(([, ...quoted]) =>
      quoted.find((text) => text !== undefined)!.replaceAll(/\\(.)/g, '$1'),
    )
  })
}

/** What a reader wants to know: a line for each group, then the behaviours that no test shows. */
export function report(): string {
  const tested = new Set(testedCodenames())
  const isShown = ({ codename }: Behaviour): boolean => tested.has(codename)
  const all = behaviours()
  const groups = Map.groupBy(all, ({ codename }) => /^\[([^\]]*)\]/.exec(codename)?.[1] ?? '')
  const lines = [...groups].map(
    ([group, members]) => `${group}: ${members.filter(isShown).length} of ${members.length}`,
  )
  const missing = all.filter((each) => !isShown(each)).map(({ codename }) => `  ${codename}`)
  const sum = `${all.length - missing.length} of ${all.length} behaviours have a test`
  return [sum, ...lines.toSorted(), 'without:', ...missing].join('\n')
}

if (import.meta.main) console.log(report())
