import type { ControllerContext } from './controller.ts'
import { WorkQueue } from './work-queue.ts'

/** A queue that the metrics know by this name. */
export function measuredQueue(
  name: string,
  { clock, metrics }: Pick<ControllerContext, 'clock' | 'metrics'>,
): WorkQueue {
  const observer = metrics.queue(name, () => queue)
  const queue: WorkQueue = new WorkQueue({ clock, ...(observer && { observer }) })
  return queue
}
