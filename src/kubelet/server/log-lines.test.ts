import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogFormatter, logOptions, nanoseconds, type LogOptions } from './log-lines.ts'

const ALL: LogOptions = { follow: false, timestamps: false, stream: 'All' }
const T1 = '2026-11-23T10:15:00.000000001Z'
const T2 = '2026-11-23T10:15:00.000000002Z'

function formatted(lines: readonly string[], options: Partial<LogOptions> = {}): string {
  const formatter = new LogFormatter({ ...ALL, ...options })
  const decoder = new TextDecoder()
  return lines
    .map((line) => formatter.format(new TextEncoder().encode(line)))
    .map((bytes) => (bytes ? decoder.decode(bytes) : ''))
    .join('')
}

test('LogFormatter joins the parts of a long line', () => {
  const lines = [`${T1} stdout P one `, `${T1} stdout P two `, `${T2} stdout F three`]
  assert.equal(formatted(lines), 'one two three\n')
})

test('LogFormatter writes the time before each line, and not before its later parts', () => {
  const lines = [`${T1} stdout P a`, `${T2} stdout F b`, `${T2} stdout F c`]
  assert.equal(formatted(lines, { timestamps: true }), `${T1} ab\n${T2} c\n`)
})

test('LogFormatter keeps spaces, empty lines and bytes that are no text', () => {
  assert.equal(formatted([`${T1} stdout F  a  b `, `${T1} stdout F `]), ' a  b \n\n')
  const bytes = Uint8Array.of(0xff, 0xfe)
  const line = Uint8Array.from([...new TextEncoder().encode(`${T1} stdout F `), ...bytes])
  assert.deepEqual(new LogFormatter(ALL).format(line), Uint8Array.of(0xff, 0xfe, 10))
})

test('LogFormatter gives one stream where one is asked for', () => {
  const lines = [`${T1} stdout F out`, `${T1} stderr F err`]
  assert.equal(formatted(lines), 'out\nerr\n')
  assert.equal(formatted(lines, { stream: 'Stdout' }), 'out\n')
  assert.equal(formatted(lines, { stream: 'Stderr' }), 'err\n')
})

test('LogFormatter gives what was written since a time, to the nanosecond', () => {
  const lines = [`${T1} stdout F a`, `${T2} stdout F b`]
  assert.equal(formatted(lines, { sinceNs: nanoseconds(T2) }), 'b\n')
})

test('LogFormatter stops within a line where the limit is reached', () => {
  const formatter = new LogFormatter({ ...ALL, limitBytes: 5 })
  const line = new TextEncoder().encode(`${T1} stdout F abc`)
  assert.equal(formatter.format(line)?.length, 4)
  assert.equal(formatter.isDone, false)
  assert.equal(formatter.format(line)?.length, 1)
  assert.equal(formatter.isDone, true)
})

test('LogFormatter passes over what is no line of a log', () => {
  assert.equal(
    formatted(['', 'word', 'a b c d', `${T1} stdlog F x`, `never stdout F x`, `${T1} stdout F x`]),
    'x\n',
  )
})

test('nanoseconds() reads RFC 3339 with offsets', () => {
  assert.equal(nanoseconds('1970-01-01T00:00:01.5Z'), 1_500_000_000n)
  assert.equal(nanoseconds('1970-01-01T01:00:01+01:00'), 1_000_000_000n)
  assert.equal(nanoseconds('yesterday'), 0n)
})

test('logOptions() reads a query', () => {
  const query = (text: string) => logOptions(new URLSearchParams(text), 10_000)
  assert.deepEqual(query(''), ALL)
  assert.deepEqual(query('follow=true&timestamps=true&stream=Stderr&tailLines=0&limitBytes=7'), {
    follow: true,
    timestamps: true,
    stream: 'Stderr',
    tailLines: 0,
    limitBytes: 7,
  })
  assert.deepEqual(query('sinceSeconds=4'), { ...ALL, sinceNs: 6_000_000_000n })
  assert.deepEqual(query('sinceTime=1970-01-01T00:00:02Z'), { ...ALL, sinceNs: 2_000_000_000n })
  assert.equal(query('tailLines=-1'), 'invalid tailLines: "-1"')
  assert.equal(query('sinceTime=then'), 'invalid sinceTime: "then"')
})
