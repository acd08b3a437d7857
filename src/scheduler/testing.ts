import { Event } from '../api/core/v1/event.ts'
import { Node } from '../api/core/v1/node.ts'
import type { PodSpec } from '../api/core/v1/pod-spec.ts'
import { podCondition } from '../api/core/v1/pod-conditions.ts'
import { Pod } from '../api/core/v1/pod.ts'
import { encodeYaml } from '../apimachinery/yaml.ts'
import type { RuntimeConfig } from '../api/runtime-config.ts'
import { chosenApi } from '../api/served-resources.ts'
import type { FeatureChoice } from '../base/feature-gates.ts'
import { testApiServer } from '../apiserver/testing.ts'
import { MetricSet } from '../base/metrics.ts'
import { silentLogger } from '../base/logger.ts'
import { seededRandom } from '../base/random.ts'
import { virtualClock } from '../base/virtual-clock.node.ts'
import type { VirtualClock } from '../base/virtual-clock.ts'
import type { Client } from '../client/client.ts'
import { createClient } from '../client/create-client.ts'
import { createInformers } from '../client/shared-informers.ts'
import type { Input } from '../schema/message.ts'
import { parseSchedulerConfiguration } from './config/parse-scheduler-configuration.ts'
import { PLUGIN_NAMES, type PluginFactory } from './default-plugins.ts'
import type { Plugin } from './framework/plugin.ts'
import type { ProfileParts } from './framework/profile.ts'
import { schedulerMetrics } from './metrics/scheduler-metrics.ts'
import { prioritySort } from './plugins/priority-sort/priority-sort.ts'
import { startScheduler, type SchedulerOptions } from './start-scheduler.ts'

export interface TestScheduler extends AsyncDisposable {
  readonly client: Client
  readonly clock: VirtualClock
  readonly metrics: MetricSet
  /** Stops the scheduler, and starts another. */
  restart(): Promise<void>
  /** Resolves once nothing is left to do before the clock moves on. */
  settle(): Promise<void>
  addNode(name: string, more?: Overlay): Promise<Node>
  addPod(name: string, more?: Overlay): Promise<Pod>
  /** The node that a Pod is on; empty where it waits. */
  nodeOf(pod: string): Promise<string>
  /** Why a Pod waits, from its condition. */
  whyWaiting(pod: string): Promise<string>
  /** The events so far, as `REASON MESSAGE`. */
  events(): Promise<readonly string[]>
}

export interface Overlay {
  readonly metadata?: object
  readonly spec?: object
  readonly status?: object
}

const SETTLE_MS = 20

/** The text of a configuration file. */
export function configurationYaml(configuration: object): string {
  const apiVersion = 'kubescheduler.config.k8s.io/v1'
  return encodeYaml({ apiVersion, kind: 'KubeSchedulerConfiguration', ...configuration })
}

/** The parts of a profile in which these plugins do all that they can. */
export function everywhere(...own: readonly Plugin[]): ProfileParts {
  const plugins = [prioritySort, ...own, NO_BINDER]
  return { plugins, selection: { multiPoint: plugins, points: {} } }
}

const NO_BINDER: Plugin = { name: 'NoBinder', bind: async () => undefined }

interface TestSchedulerOptions {
  /** What stands in the configuration file besides apiVersion and kind. */
  readonly configuration?: object
  /** Features to switch on; APIs that are off by default are served with them. */
  readonly featureGates?: FeatureChoice
  readonly connectExtender?: SchedulerOptions['connectExtender'] & {}
  /** APIs that are served or not, as `--runtime-config` has it. */
  readonly runtimeConfig?: RuntimeConfig
  /** Plugins besides those that are built in. */
  readonly plugins?: Readonly<Record<string, PluginFactory>>
  /** Whether the caches are there before the scheduler, and stay after it. */
  readonly sharesInformers?: boolean
}

/** A real API server in memory with a scheduler at work on it, under a virtual clock. */
export async function testScheduler(options: TestSchedulerOptions = {}): Promise<TestScheduler> {
  const clock = virtualClock()
  const stack = new AsyncDisposableStack()
  const { featureGates, runtimeConfig = featureGates && { 'api/all': true } } = options
  const api = await chosenApi({
    ...(featureGates && { featureGates }),
    ...(runtimeConfig && { runtimeConfig }),
  })
  const server = stack.use(await testApiServer({ clock, ...api }))
  const client = createClient(server.transport)
  const random = seededRandom(3)
  const { configuration = {}, plugins = {}, connectExtender } = options
  const names = PLUGIN_NAMES.union(new Set(Object.keys(plugins)))
  const settings = parseSchedulerConfiguration(configurationYaml(configuration), names)
  const metrics = new MetricSet()
  const shared = { ...api, client, clock, random, logger: silentLogger, settings, plugins }
  const connect = connectExtender && { connectExtender }
  const informers = options.sharesInformers ? stack.use(createInformers(shared)) : undefined
  informers?.start()
  const started = { ...shared, ...connect, ...(informers && { informers }) }
  const counted = { ...started, metrics: schedulerMetrics(metrics) }
  let scheduler = startScheduler(counted)
  stack.defer(() => scheduler[Symbol.asyncDispose]())
  const settle = async (): Promise<void> => clock.advance(SETTLE_MS)
  await settle()
  const get = (name: string): Promise<Pod> => client.get(Pod, { namespace: 'default', name })
  return {
    client,
    clock,
    metrics,
    async restart() {
      await scheduler[Symbol.asyncDispose]()
      scheduler = startScheduler(counted)
      await settle()
    },
    settle,
    async addNode(name, more) {
      return client.create(Node, unstored(nodeWith(name, more)))
    },
    async addPod(name, more) {
      return client.create(Pod, unstored(podWith(name, more)))
    },
    nodeOf: async (pod) => (await get(pod)).spec.nodeName ?? '',
    whyWaiting: async (pod) => podCondition((await get(pod)).status, 'PodScheduled')?.message ?? '',
    async events() {
      const { items } = await client.list(Event)
      return items.map(({ reason, message }) => `${reason} ${message}`)
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** A node with 4 processors, 16 GiB and room for 110 Pods. */
export function nodeWith(name: string, { metadata, spec, status }: Overlay = {}): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: CREATED,
      ...metadata,
    },
    spec: { ...spec },
    status: { allocatable: { cpu: '4', memory: '16Gi', pods: '110' }, ...status },
  } as unknown as Node
}

/** A Pod with one container that asks for nothing. */
export function podWith(name: string, { metadata, spec, status }: Overlay = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: 'default',
      name,
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: CREATED,
      ...metadata,
    },
    spec: {
      schedulerName: 'default-scheduler',
      containers: [{ name: 'main', image: 'image:1', resources: {} }],
      ...spec,
    } as unknown as PodSpec,
    status: { phase: 'Pending', ...status },
  }
}

/** Without what only the API server sets. */
function unstored<T extends Node | Pod>(object: T): Input<T> {
  const {
    uid: _uid,
    resourceVersion: _version,
    creationTimestamp: _at,
    ...metadata
  } = object.metadata
  return { ...object, metadata } as unknown as Input<T>
}

/** The spec of a Pod that asks for this much. */
export function asking(requests: Readonly<Record<string, string>>, more: object = {}): object {
  return { containers: [{ name: 'main', image: 'image:1', resources: { requests } }], ...more }
}

const CREATED = '2026-01-01T00:00:00Z'
