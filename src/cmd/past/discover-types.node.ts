import { apiVersionOf, type ResourceClass } from '../../schema/resource.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import { dynamicClass } from '../../client/dynamic-class.ts'
import { fetchFromCluster } from '../cluster-access.node.ts'
import type { DataDirectory } from '../data-directory.node.ts'
import { UserError } from '../user-error.ts'

interface Groups {
  readonly groups: readonly {
    readonly name: string
    readonly preferredVersion: { readonly version: string }
  }[]
}

interface Resources {
  readonly resources: readonly {
    readonly name: string
    readonly kind: string
    readonly namespaced: boolean
    readonly verbs: readonly string[]
  }[]
}

/** What the cluster serves that can be listed and watched, each in its preferred version. Throws `UserError`. */
export async function discoverTypes(
  directory: DataDirectory,
): Promise<readonly ResourceClass<AnyObject>[]> {
  const { groups } = await read<Groups>(directory, '/apis')
  const all = [
    { group: '', version: 'v1' },
    ...groups.map(({ name, preferredVersion: { version } }) => ({ group: name, version })),
  ]
  return (await Promise.all(all.map((each) => typesOf(directory, each)))).flat()
}

async function typesOf(
  directory: DataDirectory,
  at: { readonly group: string; readonly version: string },
): Promise<readonly ResourceClass<AnyObject>[]> {
  // The same objects as those of the core group.
  if (at.group === 'events.k8s.io') return []
  const path = at.group === '' ? '/api/v1' : `/apis/${apiVersionOf(at)}`
  const { resources } = await read<Resources>(directory, path)
  const subresources = new Set(resources.map(({ name }) => name))
  return resources
    .filter(
      ({ name, verbs }) =>
        !name.includes('/') && ['list', 'watch'].every((verb) => verbs.includes(verb)),
    )
    .map(({ name, kind, namespaced }) => ({
      type: dynamicClass({ ...at, kind, plural: name, namespaced }),
      hasStatus: subresources.has(`${name}/status`),
    }))
    .map(({ type, hasStatus }) => (hasStatus ? withStatus(type) : type))
}

function withStatus(type: ResourceClass<AnyObject>): ResourceClass<AnyObject> {
  const status = { name: 'status', verbs: ['get', 'patch', 'update'] }
  return Object.assign(type, { resource: { ...type.resource, subresources: [status] } })
}

async function read<T>(directory: DataDirectory, path: string): Promise<T> {
  const { status, body } = await fetchFromCluster(directory, path)
  if (status === 200) return JSON.parse(body) as T
  throw new UserError(`Cannot read ${path} from the cluster: it answers ${status}.`)
}
