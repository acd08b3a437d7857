import { APIService } from '../api/apiregistration/v1/api-service.ts'
import type { ResourceClass } from '../schema/resource.ts'
import type { DiscoveredResource } from './client.ts'
import { dynamicClass, type AnyObject } from './dynamic-class.ts'
import type { SharedInformers } from './shared-informers.ts'

type Type = ResourceClass<AnyObject>

/**
 * Asks the servers behind APIServices what they have, and tells of each kind that can be listed and watched, by
 * `KIND.GROUP`; undefined where it is no more. A server that cannot be asked keeps what it had.
 */
export function followAggregated(
  informers: SharedInformers,
  set: (key: string, type: Type | undefined) => void,
): Disposable {
  const known = new Map<string, readonly string[]>()
  const abort = new AbortController()
  const settle = (name: string, types: readonly Type[]): void => {
    const keys = types.map(({ resource }) => `${resource.kind}.${resource.group}`)
    for (const key of known.get(name) ?? []) if (!keys.includes(key)) set(key, undefined)
    for (const [i, key] of keys.entries()) set(key, types[i])
    known.set(name, keys)
  }
  const look = async ({ spec, metadata }: APIService): Promise<void> => {
    const { group = '', version = '' } = spec
    const found = await informers
      .discover({ group, version }, { signal: abort.signal })
      // It is asked again when its condition changes.
      .catch(() => undefined)
    const isCurrent = service.cache.get({ name: metadata.name })?.spec.service !== undefined
    if (found && isCurrent && !abort.signal.aborted)
      settle(metadata.name, found.filter(isFollowable).map(classIn(group, version)))
  }
  const put = (each: APIService): void => {
    if (!each.spec.service) settle(each.metadata.name, [])
    else if (isAvailable(each)) void look(each)
  }
  const service = informers.informer(APIService)
  const following = service.subscribe({
    add: put,
    update: put,
    delete: ({ metadata }) => settle(metadata.name, []),
  })
  return {
    [Symbol.dispose]() {
      following[Symbol.dispose]()
      abort.abort(new Error('The catalog was disposed'))
    },
  }
}

function isAvailable({ status }: APIService): boolean {
  return (
    status.conditions?.some((each) => each.type === 'Available' && each.status === 'True') ?? false
  )
}

function isFollowable({ name, verbs }: DiscoveredResource): boolean {
  return !name.includes('/') && ['list', 'watch'].every((verb) => verbs.includes(verb))
}

function classIn(group: string, version: string) {
  return ({ name, kind, namespaced }: DiscoveredResource): Type =>
    dynamicClass({ group, version, kind, plural: name, namespaced })
}
