import type { PressureStats } from './summary.ts'

const RESOURCES = ['cpu', 'memory', 'io'] as const

/** By what tasks wait for; without those that the kernel tells nothing of. */
export type Pressures = Partial<Readonly<Record<(typeof RESOURCES)[number], PressureStats>>>

/** Reads all that there are; a file that is not there is empty. */
export async function readPressures(
  read: (resource: (typeof RESOURCES)[number]) => Promise<string>,
): Promise<Pressures> {
  const texts = await Promise.all(RESOURCES.map(read))
  const found = RESOURCES.map((resource, i) => [resource, parsePressure(texts[i]!)] as const)
  return Object.fromEntries(found.filter(([, pressure]) => pressure !== undefined))
}

/**
 * Reads what the kernel tells of tasks that wait for a resource (https://docs.kernel.org/accounting/psi.html); undefined
 * where it tells nothing. Shares are percentages; totals are nanoseconds, as the Summary API has them.
 *
 *     some avg10=0.12 avg60=0.05 avg300=0.01 total=12345
 *     full avg10=0.00 avg60=0.00 avg300=0.00 total=99
 */
export function parsePressure(text: string): PressureStats | undefined {
  const lines = new Map(text.split('\n').map((line) => [line.split(' ')[0], line]))
  const some = dataOf(lines.get('some'))
  // Nothing can wait for the whole machine's processors at once, so that older kernels leave that line out.
  return some && { full: dataOf(lines.get('full')) ?? NONE, some }
}

const NONE = { total: 0, avg10: 0, avg60: 0, avg300: 0 }

function dataOf(line: string | undefined): PressureStats['some'] | undefined {
  if (line === undefined) return undefined
  const values = new Map(
    line
      .split(' ')
      .slice(1)
      .map((pair) => pair.split('=') as [string, string])
      .map(([key, value]) => [key, Number(value)] as const),
  )
  const read = (key: string): number => values.get(key) ?? 0
  return {
    total: read('total') * 1000,
    avg10: read('avg10'),
    avg60: read('avg60'),
    avg300: read('avg300'),
  }
}
