import type { Clock } from '../../base/clock.ts'
import type { Plugin } from '../framework/plugin.ts'
import type { Code, Status } from '../framework/status.ts'
import type { SchedulerMetrics } from './scheduler-metrics.ts'

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
    return [
      [
        key,
        timed(
          method.bind(plugin),
          (code, ms) => metrics.pluginRan(plugin.name, point, code, ms),
          clock,
        ),
      ],
    ]
  })
  return { ...plugin, ...(Object.fromEntries(methods) as Partial<Plugin>) }
}

function timed(method: Method, tell: (code: Code, ms: number) => void, clock: Clock): Method {
  return (...args) => {
    const startMs = clock.monotonic()
    const result = method(...args)
    const done = (code: Code): void => tell(code, clock.monotonic() - startMs)
    if (result instanceof Promise) void whenDone(result, done)
    else done(codeOf(result))
    return result
  }
}

async function whenDone(result: Promise<unknown>, done: (code: Code) => void): Promise<void> {
  try {
    done(codeOf(await result))
  } catch {
    done('Error') // Whoever asked the plugin deals with it.
  }
}

/** The code in what a plugin answers: nothing and numbers are good. */
function codeOf(result: unknown): Code {
  const { code, status } = (result ?? {}) as { code?: Code; status?: Status }
  return code ?? status?.code ?? 'Success'
}
