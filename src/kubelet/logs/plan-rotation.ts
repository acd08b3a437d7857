export interface LogFile {
  readonly name: string
  readonly bytes: number
}

export interface RotationPlan {
  readonly remove: readonly string[]
  readonly compress: readonly string[]
  /** What the current log is called from now on. */
  readonly rename: string
}

const COMPRESSED = '.gz'
const UNFINISHED = '.tmp'

/**
 * What to do with a container's log that is too large and the files that came of it before: `files` are those beside
 * it whose names begin with its own. `filesMax` counts the current one too. Undefined where it is not too large.
 */
export function planRotation(
  log: LogFile,
  files: readonly string[],
  nowMs: number,
  { bytesMax, filesMax }: { readonly bytesMax: number; readonly filesMax: number },
): RotationPlan | undefined {
  if (bytesMax < 0 || log.bytes < bytesMax) return undefined
  const rotated = files.filter((name) => name !== log.name)
  const useless = rotated.filter(
    (name) => name.endsWith(UNFINISHED) || rotated.includes(name + COMPRESSED),
  )
  const kept = rotated.filter((name) => !useless.includes(name)).toSorted()
  // Beside the current log there is the one that it becomes.
  const surplus = kept.slice(0, Math.max(0, kept.length - (filesMax - 2)))
  return {
    remove: [...useless, ...surplus],
    compress: kept.filter((name) => !surplus.includes(name) && !name.endsWith(COMPRESSED)),
    rename: `${log.name}.${timestampOf(nowMs)}`,
  }
}

/** As upstream names rotated logs: `20261123-101500`. */
function timestampOf(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(/[-:]/g, '')
    .replace('T', '-')
}
