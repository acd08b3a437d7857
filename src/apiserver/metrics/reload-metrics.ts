import type { Clock } from '../../base/clock.ts'
import type { MetricSet } from '../../base/metrics.ts'

const STATUSES = ['success', 'failure'] as const

export type ReloadStatus = (typeof STATUSES)[number]

/** What became of a configuration file while it was followed. */
export interface Reloads {
  readonly note: (status: ReloadStatus) => void
  readonly counts: Readonly<
    Record<ReloadStatus, { readonly total: number; readonly lastMs: number }>
  >
}

export function reloads(clock: Clock): Reloads {
  const counts = { success: { total: 0, lastMs: 0 }, failure: { total: 0, lastMs: 0 } }
  return {
    counts,
    note(status) {
      counts[status] = { total: counts[status].total + 1, lastMs: clock.now() }
    },
  }
}

/** The configurations that are taken up anew while the server runs. */
export type FollowedConfiguration = 'authentication' | 'authorization'

/** Told what became of the files, and a hash of the server's name. */
export type ReloadMetrics = (
  of: Partial<Readonly<Record<FollowedConfiguration, Reloads>>>,
  serverHash: string,
) => void

/** Tells how often configurations were taken up, by upstream's names. */
export function reloadMetrics(set: MetricSet): ReloadMetrics {
  const families = (of: FollowedConfiguration) => {
    const labels = ['status', 'apiserver_id_hash']
    const name = `apiserver_${of}_config_controller_automatic_reload`
    const split = `automatic reloads of ${of} configuration split by status and apiserver identity.`
    return {
      total: set.counter({
        name: `${name}s_total`,
        help: `[BETA] Total number of ${split}`,
        labels,
      }),
      last: set.gauge({
        name: `${name}_last_timestamp_seconds`,
        help: `[BETA] Timestamp of the last ${split.replace('reloads', 'reload')}`,
        labels,
      }),
    }
  }
  const all = {
    authentication: families('authentication'),
    authorization: families('authorization'),
  }
  return (of, serverHash) => {
    set.onCollect(() => {
      for (const [name, { counts }] of Object.entries(of) as [FollowedConfiguration, Reloads][])
        for (const status of STATUSES) {
          const { total, lastMs } = counts[status]
          if (total === 0) continue
          all[name].total.with(status, serverHash).set(total)
          all[name].last.with(status, serverHash).set(lastMs / 1000)
        }
    })
  }
}
