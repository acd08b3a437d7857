import type { StorageVersionMigration } from '../../api/storagemigration/v1beta1/storage-version-migration.ts'
import { findCondition, isConditionTrue, putCondition } from '../../api/meta/v1/conditions.ts'

type Status = StorageVersionMigration['status']
export type MigrationState = 'Running' | 'Succeeded' | 'Failed'

const REASONS: Readonly<Record<MigrationState, string>> = {
  Running: 'StorageVersionMigrationInProgress',
  Succeeded: 'StorageVersionMigrationSucceeded',
  Failed: 'StorageVersionMigrationFailed',
}

/** Whether a migration is over, well or not: it is never taken up again. */
export function isOver({ status }: StorageVersionMigration): boolean {
  return (['Succeeded', 'Failed'] as const).some((type) => isConditionTrue(status.conditions, type))
}

/** The status of a migration that has come to a state. One that is over runs no longer. */
export function statusIn(
  status: Status,
  state: MigrationState,
  { now, message = '' }: { readonly now: string; readonly message?: string },
): Status {
  const condition = (type: MigrationState, holds: string, text: string) => ({
    type,
    status: holds,
    reason: REASONS[type],
    message: text,
    lastTransitionTime: now,
  })
  const running = findCondition(status.conditions, 'Running')
  const ended =
    state !== 'Running' && running
      ? putCondition(status.conditions, condition('Running', 'False', running.message ?? ''))
      : status.conditions
  return { ...status, conditions: putCondition(ended, condition(state, 'True', message)) }
}
