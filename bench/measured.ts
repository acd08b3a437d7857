import { loadavg } from 'node:os'
import type { Figure } from './row.ts'

export interface Measured<T> {
  readonly value: T
  readonly ms: number
  /** Processor time of the whole process meanwhile, garbage collection and compilation included. */
  readonly cpuMs: number
}

export async function measured<T>(run: () => Promise<T>): Promise<Measured<T>> {
  const before = process.cpuUsage()
  const startMs = performance.now()
  const value = await run()
  const ms = performance.now() - startMs
  const { user, system } = process.cpuUsage(before)
  return { value, ms, cpuMs: (user + system) / 1000 }
}

/** What was measured, in milliseconds, beside the processor time that it took. */
export function figure(
  name: string,
  { ms, cpuMs }: Measured<unknown>,
  goal: string,
  what?: string,
): Figure {
  const parts = [what, `${cpuMs.toFixed(0)} ms of processor time`, load()]
  return { name, value: ms, unit: 'ms', goal, note: parts.filter(Boolean).join('; ') }
}

/** How busy the machine is: a figure of a busy one says little without it. */
export function load(): string {
  return `load ${loadavg()[0]!.toFixed(1)}`
}
