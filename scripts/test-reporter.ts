import { inspect } from 'node:util'
import type { TestEvent } from 'node:test/reporters'

/** What goes wrong after the test that caused it has ended makes the whole run fail, and is told like this alone. */
const STRAY = 'Error: Test '

/** Prints failures with where they happened and skips with their reason; ends with one line that counts. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncIterable<string> {
  let [passed, failed, skipped] = [0, 0, 0]
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message
    if (type === 'test:diagnostic' && data.message.startsWith(STRAY)) {
      failed += 1
      yield `✖ ${data.message}\n`
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
  }
  yield `SUMMARY ${JSON.stringify({ passed, failed, skipped })}\n`
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
