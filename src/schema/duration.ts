/** A duration as Go writes it, in whole nanoseconds, which do not fit a double. */

const NS_PER: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}
const NS_MAX = 2n ** 63n - 1n

/** Nanoseconds of a text such as `1h30m0.5s`, or what is wrong with it, in Go's words. */
export function parseDurationNs(text: string): bigint | { readonly problem: string } {
  const [, sign, rest = ''] = /^([+-]?)([^]*)$/.exec(text)!
  if (rest === '0') return 0n
  let [ns, end] = [0n, 0]
  for (const [whole, number = '', unit = ''] of rest.matchAll(/(\d+\.?\d*|\.\d+)([^\d.]*)/gy)) {
    if (unit === '') return { problem: `time: missing unit in duration ${JSON.stringify(text)}` }
    const perUnit = Object.hasOwn(NS_PER, unit) ? NS_PER[unit] : undefined
    if (perUnit === undefined) {
      return {
        problem: `time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`,
      }
    }
    const [integer = '', fraction = ''] = number.split('.')
    ns += (BigInt(integer + fraction) * perUnit) / 10n ** BigInt(fraction.length)
    end += whole.length
  }
  if (end === 0 || end < rest.length || ns > NS_MAX) {
    return { problem: `time: invalid duration ${JSON.stringify(text)}` }
  }
  return sign === '-' ? -ns : ns
}

/** The text of some nanoseconds: `1h30m0s`, `1.5s`, `20ms`, `0s`. */
export function formatDurationNs(ns: bigint): string {
  if (ns < 0n) return `-${formatDurationNs(-ns)}`
  if (ns === 0n) return '0s'
  if (ns < 1000n) return `${ns}ns`
  if (ns < 1_000_000n) return `${decimal(ns, 3)}µs`
  if (ns < 1_000_000_000n) return `${decimal(ns, 6)}ms`
  const minutes = ns / 60_000_000_000n
  const seconds = `${decimal(ns % 60_000_000_000n, 9)}s`
  if (minutes === 0n) return seconds
  const hours = minutes / 60n
  return `${hours === 0n ? '' : `${hours}h`}${minutes % 60n}m${seconds}`
}

function decimal(ns: bigint, digits: number): string {
  const text = String(ns).padStart(digits + 1, '0')
  const fraction = text.slice(-digits).replace(/0+$/, '')
  const whole = text.slice(0, -digits)
  return fraction === '' ? whole : `${whole}.${fraction}`
}
