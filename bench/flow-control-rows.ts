import { systemClock } from '../src/base/clock.node.ts'
import { MetricSet } from '../src/base/metrics.ts'
import { MANDATORY, SUGGESTED } from '../src/apiserver/flowcontrol/bootstrap-objects.ts'
import { flowConfiguration } from '../src/apiserver/flowcontrol/configuration.ts'
import { FlowControl } from '../src/apiserver/flowcontrol/flow-control.ts'
import { flowMetrics } from '../src/apiserver/flowcontrol/flow-metrics.ts'
import { ONE_OBJECT } from '../src/apiserver/flowcontrol/work-estimate.ts'
import { GET_POD } from './get-pod.ts'
import type { Figure, Row } from './row.ts'

const REQUESTS = 200_000
const USERS = 50

/** What flow control adds to a request, in this process. */
export const FLOW_CONTROL_ROWS: readonly Row[] = [
  {
    name: 'flow-control',
    what: 'priority and fairness: classify, take a seat, leave',
    measure: () =>
      Promise.resolve([
        figure('of an administrator, exempt', ['system:masters', 'system:authenticated']),
        figure('of anybody else, from one of 128 queues', ['system:authenticated']),
      ]),
  },
]

function figure(name: string, groups: readonly string[]): Figure {
  using flow = new FlowControl({
    clock: systemClock,
    concurrency: 600,
    waitMsMax: 15_000,
    observer: flowMetrics(new MetricSet()),
  })
  flow.configure(
    flowConfiguration(
      objects({ ...MANDATORY.flowSchemas, ...SUGGESTED.flowSchemas }),
      objects({ ...MANDATORY.priorityLevels, ...SUGGESTED.priorityLevels }),
    ),
  )
  pass(flow, groups) // Warms the code up.
  const startMs = performance.now()
  pass(flow, groups)
  const microseconds = ((performance.now() - startMs) / REQUESTS) * 1000
  return { name: `flow control ${name}`, value: microseconds, unit: 'µs', goal: 'a few' }
}

function pass(flow: FlowControl, groups: readonly string[]): void {
  const { signal } = new AbortController()
  for (let i = 0; i < REQUESTS; i++) {
    const user = { name: `user-${i % USERS}`, groups }
    const entered = flow.classify({ ...GET_POD, user }).enter(ONE_OBJECT, () => signal)
    if (entered instanceof Promise) throw new Error('a request of an idle server had to wait')
    entered()
  }
}

function objects<T>(specs: Readonly<Record<string, unknown>>): readonly T[] {
  return Object.entries(specs).map(
    ([name, spec]) => ({ metadata: { name, uid: name }, spec, status: {} }) as T,
  )
}
