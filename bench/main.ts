// `npm run bench [-- NAME…] [--runs N] [--json FILE] [--plot FILE] [--against URL --token TOKEN]`: measures, takes medians
// of several runs, prints a table and, where asked, JSON, and an SVG of how cost grows. With --against, the same API work
// against another server in the same run.
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import type { Target } from './http-client.ts'
import { plot } from './plot.ts'
import type { Figure, Row } from './row.ts'
import { ROWS } from './rows.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    json: { type: 'string' },
    plot: { type: 'string' },
    against: { type: 'string' },
    token: { type: 'string' },
  },
})
const unknown = positionals.filter((name) => !ROWS.some((row) => row.name === name))
if (unknown.length > 0) {
  console.error(
    `There is no row ${unknown.join(', ')}; there are ${ROWS.map((row) => row.name).join(', ')}.`,
  )
  process.exit(2)
}

const runs = Number(values.runs)
const other = values.against === undefined ? undefined : targetOf(values.against, values.token)
const rows = ROWS.filter((row) => positionals.length === 0 || positionals.includes(row.name))
const results: {
  readonly row: string
  readonly figures: readonly (Figure & {
    readonly runs: readonly number[]
    readonly other?: number
  })[]
}[] = []

console.log(
  `Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? '?'}, ${Math.round(totalmem() / 2 ** 30)} GiB; medians of ${runs} runs\n`,
)
for (const row of rows) {
  console.log(`${row.name}: ${row.what}`)
  const figures = await repeat(row)
  results.push({ row: row.name, figures })
  for (const figure of figures) console.log(`  ${line(figure)}`)
}
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`)
if (values.plot !== undefined) {
  const figures = results.flatMap((result) => result.figures)
  writeFileSync(values.plot, plot(figures, 'Pods in the cluster'))
}

/** Runs a row several times, ours and the other in turn, and takes the median of each figure. */
async function repeat(row: Row) {
  const ours: (readonly Figure[])[] = []
  const others: (readonly Figure[])[] = []
  for (let i = 0; i < runs; i++) {
    ours.push(await row.measure({}))
    if (other && row.againstOthers) others.push(await row.measure({ against: other }))
  }
  return ours[0]!.map((figure) => {
    const all = valuesOf(ours, figure.name)
    const otherValues = valuesOf(others, figure.name)
    return {
      ...figure,
      value: median(all),
      runs: all,
      ...(otherValues.length > 0 && { other: median(otherValues) }),
    }
  })
}

function valuesOf(runsOf: readonly (readonly Figure[])[], name: string): number[] {
  return runsOf.flatMap((figures) => figures.find((each) => each.name === name)?.value ?? [])
}

function median(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!
}

function line({
  name,
  value,
  unit,
  goal,
  note,
  runs: all,
  other: otherValue,
}: (typeof results)[number]['figures'][number]): string {
  const parts = [`${name.padEnd(32)} ${format(value).padStart(10)} ${unit.padEnd(12)}`]
  if (goal !== undefined) parts.push(`goal ${goal}`)
  if (otherValue !== undefined)
    parts.push(`other ${format(otherValue)}, ratio ${(value / otherValue).toFixed(2)}`)
  if (all.length > 1) parts.push(`(${all.map(format).join(', ')})`)
  if (note !== undefined) parts.push(note)
  return parts.join('  ')
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)
}

function targetOf(url: string, token: string | undefined): Target {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port || 443), ...(token !== undefined && { token }) }
}
