import { cadvisorMetrics } from '../metrics/cadvisor-metrics.ts'
import { resourceMetrics } from '../metrics/resource-metrics.ts'
import type { ServedNode } from './served-node.ts'

/** An answer as a whole. */
export interface Page {
  readonly type: string
  readonly text: string
}

const JSON_TYPE = 'application/json'
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** What the node tells of itself, by path. */
export const PAGES: Readonly<
  Record<string, ((node: ServedNode, query: string) => Promise<Page>) | undefined>
> = {
  '/pods': async (node) => podList(node.list().map(({ pod }) => pod)),
  '/runningpods': async (node) =>
    podList(
      node
        .list()
        .filter((each) => each.containers().some(({ state }) => state === 'running'))
        .map(({ pod }) => pod),
    ),
  '/configz': async ({ configuration }) => json({ kubeletconfig: configuration }),
  '/stats/summary': async ({ stats }, query) => {
    const withoutDisks = new URLSearchParams(query).get('only_cpu_and_memory') === 'true'
    return json(await stats.summary({ withoutDisks }))
  },
  '/metrics': async ({ metrics }) => metricsPage(await metrics.text()),
  '/metrics/probes': async ({ probeMetrics }) => metricsPage(await probeMetrics.text()),
  '/metrics/resource': async ({ stats }) =>
    metricsPage(await resourceMetrics(await stats.summary({ withoutDisks: true }))),
  '/metrics/cadvisor': async ({ stats, machine }) =>
    metricsPage(await cadvisorMetrics(await stats.summary(), machine)),
}

function podList(items: readonly unknown[]): Page {
  return json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items })
}

function json(value: unknown): Page {
  return { type: JSON_TYPE, text: JSON.stringify(value) }
}

function metricsPage(text: string): Page {
  return { type: METRICS_TYPE, text }
}
