import { existsSync } from 'node:fs'
import { Node } from '../api/core/v1/node.ts'
import { needsHealthCheck } from '../api/core/v1/service-helpers.ts'
import { Service } from '../api/core/v1/service.ts'
import { EndpointSlice } from '../api/discovery/v1/endpoint-slice.ts'
import { serviceKeysOf } from '../api/discovery/v1/service-name.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { MetricSet } from '../base/metrics.ts'
import { keepNft } from '../base/nft-keeper.node.ts'
import type { Random } from '../base/random.ts'
import { eachChange } from '../client/each-change.ts'
import { indexBy } from '../client/object-cache.ts'
import { keyText, parseKey } from '../client/object-key.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import { flowForgetter } from './conntrack.node.ts'
import type { StaleFlows } from './conntrack.ts'
import { localReadyCount, type Place } from './endpoints.ts'
import { HealthChecks } from './health-checks.node.ts'
import { ServiceRules, type ServiceChanges, type ServiceState } from './service-rules.ts'
import { proxyMetrics } from './proxy-metrics.ts'
import { isOurs, type Family } from './service-port.ts'
import { syncState, type SyncState } from './sync-state.ts'

export interface ProxyOptions {
  readonly informers: SharedInformers
  readonly nodeName: string
  /** The nftables table in each family; one for each cluster that runs in a network namespace. */
  readonly table: string
  /** The addresses of Pods: a range, or one of each family. */
  readonly clusterCIDRs: readonly string[]
  /** Which of the node's addresses node ports are open on, as ranges; all but loopback where absent. */
  readonly nodePortAddresses?: readonly string[]
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** To which the proxy adds its own. */
  readonly metrics?: MetricSet
}

/** A proxy at work. Disposing stops it and leaves the rules in force, so that Services outlive a restart. */
export interface Proxy extends AsyncDisposable {
  /** Resolves once the rules for all Services are in force. */
  readonly ready: Promise<void>
  readonly state: Pick<SyncState, 'isHealthy' | 'lastUpdatedMs'>
  /** Whether load balancers are to send traffic here: not to a node that is about to go. */
  readonly isNodeEligible: () => boolean
}

/** By which the cluster autoscaler says that it will remove a node. */
const TO_BE_DELETED_TAINT = 'ToBeDeletedByClusterAutoscaler'
const ZONE_LABEL = 'topology.kubernetes.io/zone'

const slicesByService = indexBy(EndpointSlice, 'service', serviceKeysOf)

/** Keeps the nftables rules of this node in step with Services and EndpointSlices, in both families. */
export function startProxy(options: ProxyOptions): Proxy {
  const { informers, logger, nodeName } = options
  const metrics = options.metrics && proxyMetrics(options.metrics, options.clock)
  const services = informers.informer(Service)
  const slices = informers.informer(EndpointSlice)
  const node = informers.informer(Node, { fieldSelector: `metadata.name=${nodeName}` })
  const families = familiesHere().map((family) => rulesOf(family, options))
  const state = syncState(options.clock)
  const checks = new HealthChecks(logger, () => state.isHealthy(), options.nodePortAddresses)
  const forgetter = flowForgetter(logger)
  let stale: readonly StaleFlows[] = []

  const statesOf = (keys: Iterable<string>): ReadonlyMap<string, ServiceState> =>
    new Map(
      Array.from(keys, (key) => [
        key,
        {
          service: services.cache.get(parseKey(key)),
          slices: slices.cache.find(slicesByService, key),
        },
      ]),
    )
  const placeOf = (): Place => {
    const zone = node.cache.get({ name: nodeName })?.metadata.labels?.[ZONE_LABEL]
    return { nodeName, ...(zone !== undefined && { zone }) }
  }
  const plan = (
    keys: Iterable<string>,
    change: (
      rules: ServiceRules,
      states: ReadonlyMap<string, ServiceState>,
      place: Place,
    ) => ServiceChanges,
  ): string => {
    state.planned()
    const states = statesOf(keys)
    const place = placeOf()
    for (const [key, state] of states) checks.set(key, healthOf(state, place))
    const changes = families.map((rules) => change(rules, states, place))
    stale = [...stale, ...changes.flatMap((each) => each.stale)]
    return changes.map(({ script }) => script).join('')
  }
  const allKeys = (): readonly string[] =>
    services.cache.list().map(({ metadata }) => keyText(metadata))

  const keeper = keepNft<string>({
    ...options,
    what: 'Services',
    known: async (signal) => {
      await Promise.all([services, slices, node].map((each) => each.waitForSync({ signal })))
    },
    anew: () => plan(allKeys(), (rules, states, place) => rules.anew(states, place)),
    update: (keys) => plan(keys, (rules, states, place) => rules.update(states, place)),
    refused: () => metrics?.refused(),
    applied(ms) {
      state.applied()
      metrics?.synced(ms)
      forgetter.forget(stale) // Only now do new packets of the flows go elsewhere.
      stale = []
    },
  })
  const changed = (key: string): void => {
    state.queued()
    keeper.changed(key)
  }
  const subscriptions = [
    services.subscribe(eachChange(({ metadata }) => changed(keyText(metadata)))),
    slices.subscribe(
      eachChange((slice) => {
        for (const key of serviceKeysOf(slice)) changed(key)
      }),
    ),
    node.subscribe({
      update({ metadata }, before) {
        if (metadata.labels?.[ZONE_LABEL] === before.metadata.labels?.[ZONE_LABEL]) return
        for (const key of allKeys()) changed(key)
      },
    }),
  ]
  return {
    ready: keeper.ready,
    state,
    isNodeEligible() {
      const { metadata, spec } = node.cache.get({ name: nodeName }) ?? {}
      const isGoing = spec?.taints?.some(({ key }) => key === TO_BE_DELETED_TAINT)
      return metadata?.deletionTimestamp === undefined && !isGoing
    },
    async [Symbol.asyncDispose]() {
      for (const each of subscriptions) each[Symbol.dispose]()
      await keeper[Symbol.asyncDispose]()
      await forgetter[Symbol.asyncDispose]()
      await checks[Symbol.asyncDispose]()
    },
  }
}

function rulesOf(
  family: Family,
  { table, clusterCIDRs, nodePortAddresses }: ProxyOptions,
): ServiceRules {
  const clusterCIDR = clusterCIDRs.find((each) => each.includes(':') === (family === 'ip6'))
  return new ServiceRules(table, {
    family,
    ...(clusterCIDR !== undefined && { clusterCIDR }),
    ...(nodePortAddresses && { nodePortAddresses }),
  })
}

function healthOf({ service, slices }: ServiceState, place: Place) {
  const port = service?.spec.healthCheckNodePort
  if (!service || !isOurs(service) || !needsHealthCheck(service.spec) || !port) return undefined
  const { namespace, name } = service.metadata
  return { namespace, name, port, localEndpoints: localReadyCount(slices, place) }
}

/** A kernel may have no IPv6, and then no table of it either. */
function familiesHere(): readonly Family[] {
  return existsSync('/proc/net/if_inet6') ? ['ip', 'ip6'] : ['ip']
}
