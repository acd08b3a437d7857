import { APIService } from '../api/apiregistration/v1/api-service.ts'
import { isConditionTrue } from '../api/meta/v1/conditions.ts'
import { compareVersions } from '../apimachinery/gvk.ts'
import { backoffMs, type Backoff } from '../base/backoff.ts'
import { sleep } from '../base/clock.ts'
import type { ResourceClass } from '../schema/resource.ts'
import type { DiscoveredResource } from './client.ts'
import { dynamicClass, type AnyObject } from './dynamic-class.ts'
import type { SharedInformers } from './shared-informers.ts'

type Type = ResourceClass<AnyObject>

const BACKOFF: Backoff = { baseMs: 1000, maxMs: 30_000 }

/**
 * Asks the servers behind APIServices what they have, and tells of each kind that can be listed and watched, by
 * `KIND.GROUP` and in the best of its versions; undefined where it is no more. A server that cannot be asked keeps what
 * it had, and is asked again.
 */
export function followAggregated(
  informers: SharedInformers,
  set: (key: string, type: Type | undefined) => void,
): Disposable {
  /** What each APIService stands for, by its name. */
  const known = new Map<string, readonly Type[]>()
  const looks = new Map<string, AbortController>()
  const settle = (name: string, types: readonly Type[]): void => {
    const keys = new Set([...(known.get(name) ?? []), ...types].map(keyOf))
    known.set(name, types)
    const all = [...known.values()].flat()
    for (const key of keys) set(key, best(all.filter((type) => keyOf(type) === key)))
  }
  const stopLook = (name: string): void => {
    looks.get(name)?.abort(new Error('The APIService has changed'))
    looks.delete(name)
  }
  const put = (each: APIService): void => {
    const { name } = each.metadata
    stopLook(name)
    if (!each.spec.service) return settle(name, [])
    if (!isConditionTrue(each.status.conditions, 'Available')) return
    const abort = new AbortController()
    looks.set(name, abort)
    void typesOf(each, informers, abort.signal).then((types) => types && settle(name, types))
  }
  const remove = ({ metadata: { name } }: APIService): void => {
    stopLook(name)
    settle(name, [])
    known.delete(name)
  }
  const following = informers
    .informer(APIService)
    .subscribe({ add: put, update: put, delete: remove })
  return {
    [Symbol.dispose]() {
      following[Symbol.dispose]()
      for (const name of looks.keys()) stopLook(name)
    },
  }
}

/** Asks until there is an answer; undefined where the signal aborts first. */
async function typesOf(
  { spec: { group = '', version = '' } }: APIService,
  { discover, clock }: SharedInformers,
  signal: AbortSignal,
): Promise<readonly Type[] | undefined> {
  for (let failures = 1; ; failures += 1) {
    try {
      const found = await discover({ group, version }, { signal })
      return signal.aborted ? undefined : found.filter(isFollowable).map(classIn(group, version))
    } catch {
      // Whatever went wrong is the other server's: its APIService tells of it.
    }
    try {
      await sleep(clock, backoffMs(BACKOFF, failures), { signal })
    } catch {
      return undefined
    }
  }
}

function best(versions: readonly Type[]): Type | undefined {
  return versions.toSorted((a, b) => compareVersions(a.resource.version, b.resource.version))[0]
}

function keyOf({ resource }: Type): string {
  return `${resource.kind}.${resource.group}`
}

function isFollowable({ name, verbs }: DiscoveredResource): boolean {
  return !name.includes('/') && ['list', 'watch'].every((verb) => verbs.includes(verb))
}

function classIn(group: string, version: string) {
  return ({ name, kind, namespaced }: DiscoveredResource): Type =>
    dynamicClass({ group, version, kind, plural: name, namespaced })
}
