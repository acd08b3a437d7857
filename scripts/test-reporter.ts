import { inspect } from 'node:util'
import type { TestEvent } from 'node:test/reporters'

/** What goes wrong after the test that caused it has ended makes the whole run fail, and is told like this alone. */
const STRAY = 'Error: Test '

/** How far a process of tests is. */
export interface Progress {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** The tests that have begun and not ended. */
  readonly running: readonly string[]
}

/** What a line begins with that says in JSON how far the tests are; each such line replaces the one before. */
export const PROGRESS = 'PROGRESS '

/** Prints failures with where they happened, skips with their reason, and after each test how far all are. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncIterable<string> {
  let [passed, failed, skipped] = [0, 0, 0]
  const running = new Map<string, number>()
  const progress = (): string => {
    const state: Progress = { passed, failed, skipped, running: [...running.keys()] }
    return `${PROGRESS}${JSON.stringify(state)}\n`
  }
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message
    if (type === 'test:diagnostic' && data.message.startsWith(STRAY)) {
      failed += 1
      yield `✖ ${data.message}\n`
    }
    if (type === 'test:dequeue' || type === 'test:complete') {
      const name = `${data.name} (${data.file ?? '?'}:${data.line ?? 0})`
      const count = (running.get(name) ?? 0) + (type === 'test:dequeue' ? 1 : -1)
      if (count > 0) running.set(name, count)
      else running.delete(name)
      yield progress()
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.details.type === 'suite' && type === 'test:pass') continue

    if (data.skip !== undefined) {
      skipped += 1
      yield `﹣ ${data.name} # ${data.skip === true ? 'no reason given' : data.skip}\n`
    } else if (type === 'test:pass') {
      passed += 1
    } else {
      failed += 1
      const { error } = data.details
      yield `✖ ${data.name} (${data.file ?? '?'}:${data.line ?? 0})\n${indent(inspect(error.cause ?? error))}\n`
    }
    yield progress()
  }
  yield progress()
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
