/** The last lines of a log in the CRI format (`TIME STREAM TAG TEXT`), within both limits, without what is not text. */
export function lastLines(log: string, linesMax: number, charactersMax: number): string {
  const lines = log.split('\n').filter((line) => line !== '')
  const texts = lines.slice(-linesMax).map(textOf)
  return texts.join('').slice(-charactersMax)
}

function textOf(line: string): string {
  const [, , tag = 'F', ...rest] = line.split(' ')
  const text = rest.join(' ')
  return tag.startsWith('P') ? text : `${text}\n`
}
