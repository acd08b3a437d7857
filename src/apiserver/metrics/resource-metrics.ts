import type { MetricSet } from '../../base/metrics.ts'
import type { VersionInfo } from '../http/version.ts'
import type { Store } from '../../storage/store.ts'
import type { Registry } from '../registry/registry.ts'
import type { Resource } from '../registry/resource.ts'
import type { ServedKind } from '../registry/served-kind.ts'

/** What there is to tell of a server whenever its metrics are read, and what its clients have asked for. */
export interface Followed {
  readonly registry: Registry
  readonly store: Store
  readonly version: VersionInfo
  readonly isRequested: (group: string, version: string, resource: string) => boolean
}

/** Metrics of resources that are looked up when they are read, so that nobody pays for them in between. */
export interface ResourceMetrics {
  /** Tells of this server from now on. */
  follow(server: Followed): void
}

export function resourceMetrics(set: MetricSet): ResourceMetrics {
  const tell = [
    objectCounts(set),
    storageSize(set),
    watchCaches(set),
    deprecated(set),
    buildInfo(set),
  ]
  let followed: Followed | undefined
  set.onCollect(async () => {
    if (followed) for (const each of tell) await each(followed)
  })
  return {
    follow(server) {
      followed = server
    },
  }
}

type Tell = (server: Followed) => void | Promise<void>

function objectCounts(set: MetricSet): Tell {
  const storage = set.gauge({
    name: 'apiserver_storage_objects',
    help: '[STABLE] Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.',
    labels: ['resource'],
  })
  const objects = set.gauge({
    name: 'apiserver_resource_objects',
    help: '[ALPHA] Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.',
    labels: ['group', 'resource'],
  })
  return async ({ registry }) => {
    for (const resource of resourcesOf(registry)) {
      const { group, plural } = resource.info
      const count = await countOf(resource)
      storage.with(group === '' ? plural : `${plural}.${group}`).set(count)
      objects.with(group, plural).set(count)
    }
  }
}

function storageSize(set: MetricSet): Tell {
  const size = set.gauge({
    name: 'apiserver_storage_size_bytes',
    help: '[STABLE] Size of the storage database file physically allocated in bytes.',
    labels: ['storage_cluster_id'],
  })
  return async ({ store }) => {
    // Upstream numbers the clusters that it is told of; there is one.
    const bytes = await store.sizeBytes?.().catch(() => undefined)
    if (bytes !== undefined) size.with('etcd-0').set(bytes)
  }
}

async function countOf({ env, prefix }: Resource): Promise<number> {
  try {
    return (await env.store.list(prefix, { limit: 1 })).count
  } catch {
    return -1 // As the metric's own words promise.
  }
}

function watchCaches(set: MetricSet): Tell {
  const labels = ['group', 'resource']
  const counter = (name: string, help: string): ReturnType<MetricSet['counter']> =>
    set.counter({ name: `apiserver_${name}`, help: `[ALPHA] ${help}`, labels })
  const received = counter(
    'watch_cache_events_received_total',
    'Counter of events received in watch cache broken by resource type.',
  )
  const dispatched = counter(
    'watch_cache_events_dispatched_total',
    'Counter of events dispatched in watch cache broken by resource type.',
  )
  const initialized = counter(
    'watch_cache_initializations_total',
    'Counter of watch cache initializations broken by resource type.',
  )
  const terminated = counter(
    'terminated_watchers_total',
    'Counter of watchers closed due to unresponsiveness broken by resource type.',
  )
  const revision = set.gauge({
    name: 'apiserver_watch_cache_resource_version',
    help: '[ALPHA] Current resource version of watch cache broken by resource type.',
    labels,
  })
  const sent = set.counter({
    name: 'apiserver_watch_events_total',
    help: '[ALPHA] Number of events sent in watch clients',
    labels: ['group', 'version', 'resource'],
  })
  return ({ registry }) => {
    for (const { info, cache } of resourcesOf(registry)) {
      const { group, version, plural } = info
      const { counts, position } = cache
      if (counts.initializations === 0) continue
      received.with(group, plural).set(counts.received)
      dispatched.with(group, plural).set(counts.received)
      initialized.with(group, plural).set(counts.initializations)
      terminated.with(group, plural).set(counts.cutOff)
      sent.with(group, version, plural).set(counts.sent)
      if (position !== undefined) revision.with(group, plural).set(position)
    }
  }
}

function deprecated(set: MetricSet): Tell {
  const requested = set.gauge({
    name: 'apiserver_requested_deprecated_apis',
    help: '[STABLE] Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, subresource, and removed_release.',
    labels: ['group', 'version', 'resource', 'subresource', 'removed_release'],
  })
  return ({ registry, isRequested }) => {
    for (const { type, deprecation } of registry.all()) {
      const { group, version, plural } = type.resource
      if (deprecation === undefined || !isRequested(group, version, plural)) continue
      const removed = /unavailable in v(\d+\.\d+)\+/.exec(deprecation)?.[1] ?? ''
      requested.with(group, version, plural, '', removed).set(1)
    }
  }
}

function buildInfo(set: MetricSet): Tell {
  const info = set.gauge({
    name: 'kubernetes_build_info',
    help: "[BETA] A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.",
    labels: [
      'build_date',
      'compiler',
      'git_commit',
      'git_tree_state',
      'git_version',
      'go_version',
      'major',
      'minor',
      'platform',
    ],
  })
  return ({ version: v }) =>
    info
      .with(
        v.buildDate,
        v.compiler,
        v.gitCommit,
        v.gitTreeState,
        v.gitVersion,
        v.goVersion,
        v.major,
        v.minor,
        v.platform,
      )
      .set(1)
}

function resourcesOf(registry: Registry): ReadonlySet<ServedKind['resource']> {
  return new Set(registry.all().map(({ resource }) => resource))
}
