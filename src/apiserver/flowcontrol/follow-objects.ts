import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { FlowSchema } from '../../api/flowcontrol/v1/flow-schema.ts'
import { PriorityLevelConfiguration } from '../../api/flowcontrol/v1/priority-level-configuration.ts'
import type { LiveObjects } from '../live/live-objects.ts'
import { flowConfiguration } from './configuration.ts'
import { danglingNotes } from './dangling.ts'
import { ensureMandatory } from './ensure-objects.ts'
import type { FlowControl } from './flow-control.ts'

export interface FollowOptions {
  readonly live: LiveObjects
  readonly clock: Clock
  readonly logger: Logger
}

/** Keeps flow control, and the state of the objects, as the stored objects say, from each change on. */
export function followFlowObjects(control: FlowControl, options: FollowOptions): Disposable {
  const { live, clock, logger } = options
  const schemas = live.informer(FlowSchema)
  const levels = live.informer(PriorityLevelConfiguration)
  let isPlanned = false
  let isClosed = false

  const noteDangling = danglingNotes(live.client, clock)
  const apply = async (): Promise<void> => {
    isPlanned = false
    if (isClosed || !schemas.synced || !levels.synced) return
    control.configure(flowConfiguration(schemas.cache.list(), levels.cache.list()))
    const names = new Set(levels.cache.list().map(({ metadata }) => metadata.name))
    await noteDangling(schemas.cache.list(), names)
  }
  // Many come at once when a cluster starts: one reconfiguration takes them all.
  const plan = (): void => {
    if (isPlanned) return
    isPlanned = true
    queueMicrotask(() => {
      apply().catch((error: unknown) => {
        if (!isClosed) logger.error('Cannot note the state of FlowSchemas', { error })
      })
    })
  }
  const restore = (): void => {
    plan()
    ensureMandatory(live).catch((error: unknown) => {
      if (!isClosed) logger.error('Cannot restore mandatory flow control objects', { error })
    })
  }
  const handlers = { add: plan, update: plan, delete: restore }
  const subscriptions = [schemas.subscribe(handlers), levels.subscribe(handlers)]
  void Promise.all([schemas.waitForSync(), levels.waitForSync()]).then(plan)
  return {
    [Symbol.dispose]() {
      isClosed = true
      for (const subscription of subscriptions) subscription[Symbol.dispose]()
    },
  }
}
