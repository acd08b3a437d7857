import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Clock } from '../../base/clock.ts'
import type { RuntimeService } from '../cri/types.ts'
import { planRotation } from './plan-rotation.ts'

export interface RotateLogOptions {
  readonly runtime: RuntimeService
  readonly clock: Clock
  /** Negative: logs are never rotated. */
  readonly bytesMax: number
  /** The current one included. */
  readonly filesMax: number
}

/** Rotates the log of a container that runs, where it is too large; tells whether it was. */
export async function rotateLog(
  { runtime, clock, ...limits }: RotateLogOptions,
  { id, logPath }: { readonly id: string; readonly logPath: string },
): Promise<boolean> {
  const found = await stat(logPath).catch(() => undefined)
  if (!found || limits.bytesMax < 0 || found.size < limits.bytesMax) return false
  const [directory, name] = [dirname(logPath), basename(logPath)]
  const files = (await readdir(directory)).filter((each) => each.startsWith(`${name}.`))
  const plan = planRotation({ name, bytes: found.size }, files, clock.now(), limits)
  if (!plan) return false
  for (const each of plan.remove) await rm(join(directory, each), { force: true })
  for (const each of plan.compress) await compress(join(directory, each))
  const rotated = join(directory, plan.rename)
  await rename(logPath, rotated)
  try {
    await runtime.reopenContainerLog(id)
  } catch (error) {
    await rename(rotated, logPath) // The runtime goes on writing to it.
    throw error
  }
  return true
}

async function compress(path: string): Promise<void> {
  const unfinished = `${path}.tmp`
  await pipeline(createReadStream(path), createGzip(), createWriteStream(unfinished))
  await rename(unfinished, `${path}.gz`)
  await rm(path)
}
