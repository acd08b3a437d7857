import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { timestamp, type Clock } from '../../base/clock.ts'
import type { RuntimeService } from '../cri/types.ts'
import type { DirectoryContainer, DirectoryPod } from '../pod-directory.ts'

export interface CheckpointOptions {
  readonly runtime: Pick<RuntimeService, 'checkpointContainer'>
  readonly clock: Clock
  /** Where checkpoints are left. They hold all of a container's memory, so that they are for root alone. */
  readonly directory: string
}

/** Writes a checkpoint of a container that runs, which goes on (KEP-2008). Answers with the path of the archive. */
export async function checkpointContainer(
  { runtime, clock, directory }: CheckpointOptions,
  { pod }: DirectoryPod,
  { id, name: container }: DirectoryContainer,
  timeoutSeconds: number,
): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const { name, namespace } = pod.metadata
  const location = join(
    directory,
    `checkpoint-${name}_${namespace}-${container}-${timestamp(clock)}.tar`,
  )
  await runtime.checkpointContainer(id, location, timeoutSeconds)
  return location
}
