import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The lines of a file of facts. */
export function factLines(name: string): string[] {
  const text = readFileSync(join(import.meta.dirname, 'facts', name), 'utf8')
  return text.trimEnd().split('\n')
}

/** Puts the line that it stands below before each indented line: `TYPE`, `TYPE field …`. */
export function qualified(lines: readonly string[]): string[] {
  let head = ''
  return lines.map((line) => {
    if (line.startsWith('  ')) return `${head} ${line.trimStart()}`
    head = line.split(' ')[0]!
    return line
  })
}

/** A difference that is meant. */
export interface Exception {
  /** What the facts say; absent where we have more. */
  readonly fact?: string
  /** What we say instead; absent where we leave it out. */
  readonly ours?: string
}

/** Compares lines in any order. What is excepted must really differ, so that no exception outlives its reason. */
export function assertSameLines(
  ours: readonly string[],
  facts: readonly string[],
  exceptions: readonly Exception[],
): void {
  const [have, want] = [new Set(ours), new Set(facts)]
  const missing = facts.filter((line) => !have.has(line))
  const extra = ours.filter((line) => !want.has(line))
  assert.deepEqual(
    { missing: missing.toSorted(), extra: extra.toSorted() },
    {
      missing: exceptions.flatMap(({ fact }) => fact ?? []).toSorted(),
      extra: exceptions.flatMap((each) => each.ours ?? []).toSorted(),
    },
  )
}
