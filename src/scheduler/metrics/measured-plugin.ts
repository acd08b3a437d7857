import type { Clock } from '../../base/clock.ts'
import type { Plugin } from '../framework/plugin.ts'
import type { Code, Status } from '../framework/status.ts'
import type { SchedulerMetrics } from './scheduler-metrics.ts'
import { timed, type Timing } from './timed.ts'

/** What is measured of a plugin, by upstream's names. */
const MEASURED = {
  preFilter: 'PreFilter',
  filter: 'Filter',
  addPod: 'PreFilterExtensionAddPod',
  removePod: 'PreFilterExtensionRemovePod',
  postFilter: 'PostFilter',
  preScore: 'PreScore',
  score: 'Score',
  normalize: 'ScoreExtensionNormalize',
  reserve: 'Reserve',
  unreserve: 'Unreserve',
  permit: 'Permit',
  preBind: 'PreBind',
  bind: 'Bind',
  postBind: 'PostBind',
} as const satisfies Partial<Record<keyof Plugin, string>>

type Method = (...args: readonly unknown[]) => unknown

/** The same plugin, whose every call is timed. Timing costs as much as many a call, so this is for a sample of them. */
export function measuredPlugin(plugin: Plugin, metrics: SchedulerMetrics, clock: Clock): Plugin {
  const methods = Object.entries(MEASURED).flatMap(([key, point]) => {
    const method = plugin[key as keyof typeof MEASURED] as Method | undefined
    if (!method) return []
    const timing: Timing<unknown, Code> = {
      clock,
      outcomeOf: codeOf,
      failure: () => 'Error',
      tell: (code, ms) => metrics.pluginRan(plugin.name, point, code, ms),
    }
    const measured: Method = (...args) => timed(() => method.apply(plugin, [...args]), timing)
    return [[key, measured]]
  })
  return { ...plugin, ...(Object.fromEntries(methods) as Partial<Plugin>) }
}

/** The code in what a plugin answers: nothing and numbers are good. */
function codeOf(result: unknown): Code {
  const { code, status } = (result ?? {}) as { code?: Code; status?: Status }
  return code ?? status?.code ?? 'Success'
}
