import { isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Random } from '../../base/random.ts'
import type { Client, ObjectKey } from '../../client/client.ts'
import type { SchedulerChoice } from '../../scheduler/start-scheduler.ts'
import type { ResourceClass } from '../../schema/resource.ts'

/** What is needed to find out why. How the scheduler works is its default where absent. */
export interface Asking extends Pick<SchedulerChoice, 'settings' | 'features' | 'served'> {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** An object, or undefined where there is none of this name. */
export async function find<T>(
  client: Client,
  type: ResourceClass<T>,
  key: ObjectKey,
): Promise<T | undefined> {
  try {
    return await client.get(type, key)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
