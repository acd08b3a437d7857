import type { InterfaceStats } from './summary.ts'

/** Reads what `/proc/PID/net/dev` says, without loopback. */
export function parseNetDev(text: string): readonly InterfaceStats[] {
  return text
    .split('\n')
    .map((line) => /^\s*([^:\s]+):\s*(.*)$/.exec(line))
    .filter((match) => match !== null && match[1] !== 'lo')
    .map((match) => {
      const counts = match![2]!.trim().split(/\s+/).map(Number)
      return {
        name: match![1]!,
        rxBytes: counts[0] ?? 0,
        rxErrors: counts[2] ?? 0,
        txBytes: counts[8] ?? 0,
        txErrors: counts[10] ?? 0,
      }
    })
}
