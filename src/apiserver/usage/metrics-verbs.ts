import type { Node } from '../../api/core/v1/node.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { NodeMetrics } from '../../api/metrics/v1beta1/node-metrics.ts'
import { PodMetrics } from '../../api/metrics/v1beta1/pod-metrics.ts'
import { formatDuration } from '../../apimachinery/durations.ts'
import { notFound } from '../../apimachinery/status-error.ts'
import { timestampOf, type Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { keyText } from '../../client/object-key.ts'
import { apiVersionOf, type ResourceClass } from '../../schema/resource.ts'
import type { Backends } from '../connect/backends.ts'
import { isSimulated } from '../connect/node-location.ts'
import type { Call } from '../pipeline/call.ts'
import type { VerbHandler } from '../pipeline/dispatch.ts'
import { listObjects } from '../registry/list.ts'
import type { Registry } from '../registry/registry.ts'
import { selectionOf, type SelectionRequest } from '../registry/selection.ts'
import type { SpecialVerbs } from '../resources/special-verbs.ts'
import { nodeUsages } from './node-usages.ts'
import { scrapeNode } from './scrape-node.ts'
import { simulatedUsage, type UsageOfPod } from './simulated-usage.ts'
import type { NodeUsage } from './usage-between.ts'

export interface MetricsOptions {
  readonly registry: Registry
  readonly clock: Clock
  readonly logger: Logger
  /** Absent where the server has no way to speak to nodes. */
  readonly backends?: Backends
  /** What containers of a Pod use each on a node that is simulated. */
  readonly usageOfPod: UsageOfPod
}

/** The kinds of metrics.k8s.io. */
export const METRICS_RESOURCES = [NodeMetrics, PodMetrics]

/**
 * Answers what `kubectl top` and the autoscaler ask, as metrics-server would: nothing of it is stored. Nodes that do not
 * answer, and what they run, are left out.
 */
export function metricsVerbs(options: MetricsOptions): SpecialVerbs {
  const { registry, clock, logger, backends } = options
  const measured = nodeUsages({
    clock,
    scrape(node, signal) {
      if (!backends) throw new Error('the server has no connection to nodes')
      return scrapeNode(node, { registry, backends, clock }, signal)
    },
  })
  const usageOf = async (node: Node): Promise<NodeUsage | undefined> => {
    if (isSimulated(node)) {
      const selector = { fieldSelector: `spec.nodeName=${node.metadata.name}` }
      return simulatedUsage(await list<Pod>('pods', selector), options.usageOfPod, clock.now())
    }
    try {
      return await measured.of(node.metadata.name)
    } catch (error) {
      logger.debug('Cannot measure a node', { node: node.metadata.name, error: String(error) })
      return undefined
    }
  }
  const list = async <T>(plural: string, selected: SelectionRequest): Promise<T[]> => {
    const { resource } = registry.find('', 'v1', plural)!
    const { items } = await listObjects(resource, selectionOf(resource, selected), {})
    return items.map(({ object }) => object as unknown as T)
  }

  const nodeMetrics = async ({ request: { name, options } }: Call): Promise<readonly object[]> => {
    const nodes = await list<Node>('nodes', { ...options, name })
    const found = await Promise.all(
      nodes.map(async (node) => {
        const usage = await usageOf(node)
        return usage?.node ? [metricsOf(NodeMetrics, node, usage, { usage: usage.node })] : []
      }),
    )
    return found.flat()
  }
  const usageOn = async (name: string): Promise<NodeUsage | undefined> => {
    const [node] = await list<Node>('nodes', { name })
    return node && usageOf(node)
  }
  const podMetrics = async ({ request }: Call): Promise<readonly object[]> => {
    const { name, namespace, options } = request
    const pods = await list<Pod>('pods', { ...options, name, namespace })
    const running = pods.filter(({ status }) => status.phase === 'Running')
    const wanted = new Set(running.flatMap(({ spec }) => spec.nodeName ?? []))
    const usages = new Map(
      await Promise.all(Array.from(wanted, async (each) => [each, await usageOn(each)] as const)),
    )
    return running.flatMap((pod) => {
      const usage = usages.get(pod.spec.nodeName ?? '')
      const containers = usage?.pods.get(keyText(pod.metadata))
      if (!usage || !containers || containers.size === 0) return []
      const each = Array.from(containers, ([container, used]) => ({ name: container, usage: used }))
      return [metricsOf(PodMetrics, pod, usage, { containers: each })]
    })
  }
  return {
    'nodes.metrics.k8s.io': {
      get: one(NodeMetrics, nodeMetrics),
      list: all(NodeMetrics, nodeMetrics),
    },
    'pods.metrics.k8s.io': { get: one(PodMetrics, podMetrics), list: all(PodMetrics, podMetrics) },
  }
}

type Find = (call: Call) => Promise<readonly object[]>

function one(type: ResourceClass, find: Find): VerbHandler {
  return async (_, call) => {
    const [value] = await find(call)
    const { namespace, name = '' } = call.request
    if (!value) {
      // metrics-server names the resource by its kind.
      const { group, singular } = type.resource
      const key = keyText({ name, ...(namespace !== undefined && { namespace }) })
      throw notFound({ group, resource: singular }, key)
    }
    return { type: 'value', code: 200, value, message: type }
  }
}

function all(type: ResourceClass, find: Find): VerbHandler {
  const { resource } = type
  const head = { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource) }
  return async (_, call) => {
    const value = { ...head, metadata: {}, items: await find(call) }
    return { type: 'value', code: 200, value, message: type.list }
  }
}

function metricsOf(
  { resource }: ResourceClass,
  {
    metadata: { name, namespace, labels },
  }: { readonly metadata: Pod['metadata'] | Node['metadata'] },
  { atMs, windowMs }: NodeUsage,
  measured: object,
): object {
  const at = timestampOf(atMs)
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      creationTimestamp: at,
      ...(labels && { labels }),
    },
    timestamp: at,
    window: formatDuration(windowMs),
    ...measured,
  }
}
