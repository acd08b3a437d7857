import { keepAlive } from '../base/clock.node.ts'
import type { ProgressMessage, StartMessage } from './messages.ts'
import { supervise } from './supervisor.node.ts'

/** `trierarch supervise`: the supervisor in a process of its own, started by `up --detach`. */
export async function superviseDetached(): Promise<void> {
  const stop = new Promise<void>((resolve) => process.once('SIGTERM', () => resolve()))
  using _ = keepAlive() // Between two starts of a child there is nothing else.
  const start = await new Promise<StartMessage>((resolve) =>
    process.once('message', (m) => resolve(m as StartMessage)),
  )
  const report = (message: ProgressMessage): void => {
    if (process.connected) process.send?.(message)
  }
  try {
    await using supervision = supervise(start, report)
    await supervision.ready
    report({ type: 'ready' })
    await stop
  } catch (error) {
    report({ type: 'failed', sentence: error instanceof Error ? error.message : String(error) })
    process.exitCode = 1
  }
}
