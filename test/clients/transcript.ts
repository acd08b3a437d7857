import { RE2JS } from 're2js'

/** One command of a transcript, and what it must print. */
export interface Step {
  /** What the shell is given; further lines where it has a here document. */
  readonly command: string
  /** What both streams carry, and `[exit N]` on a line of its own where the command fails. */
  readonly printed: string
}

/**
 * Reads what a user would have seen on a terminal:
 *
 *     $ kubectl create configmap a --from-literal=x=1
 *     configmap/a created
 *     $ kubectl get configmap a
 *     NAME   DATA   AGE
 *     a      1      {{age}}
 *
 * Lines after `> ` belong to the command, as in a here document. In what is printed `{{word}}` stands for whatever
 * is there on that line, and `{{...}}` for anything, over as many lines as need be; blanks may then be fewer or more, as
 * columns are as wide as what is in them. What comes before the first command is a comment.
 */
export function parseTranscript(text: string): readonly Step[] {
  const steps: { command: string[]; printed: string[] }[] = []
  for (const line of text.trimEnd().split('\n')) {
    const last = steps.at(-1)
    if (line.startsWith('$ ')) steps.push({ command: [line.slice(2)], printed: [] })
    else if (line.startsWith('> ') && last?.printed.length === 0) last.command.push(line.slice(2))
    else last?.printed.push(line)
  }
  return steps.map(({ command, printed }) => ({
    command: command.join('\n'),
    printed: printed.join('\n').trimEnd(),
  }))
}

/** Whether a command printed what the transcript says. */
export function isAsPrinted(actual: string, expected: string): boolean {
  if (!expected.includes('{{')) return actual === expected
  const pattern = expected
    .replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/ +/g, ' +')
    .replaceAll('\n', ' *\n')
    .replaceAll(String.raw`{{\.\.\.}}`, '(?s:.*)')
    .replaceAll(/\{\{\w+\}\}/g, String.raw`[^\n]+`)
  // In linear time: what does not match would otherwise be tried in ever more ways.
  return RE2JS.compile(`^${pattern.replaceAll('{', '\\{').replaceAll('}', '\\}')}$`).test(actual)
}
