import type { ResourceClass } from '../../schema/resource.ts'
import type { Client } from '../../client/client.ts'
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

/** What the cluster serves that can be listed and watched, each in its preferred version. Throws `UserError`. */
export async function discoverTypes(
  client: Client,
  directory: DataDirectory,
): Promise<readonly ResourceClass<AnyObject>[]> {
  const { groups } = await readGroups(directory)
  const all = [
    { group: '', version: 'v1' },
    ...groups.map(({ name, preferredVersion: { version } }) => ({ group: name, version })),
  ]
  return (await Promise.all(all.map((each) => typesOf(client, each)))).flat()
}

async function typesOf(
  client: Client,
  at: { readonly group: string; readonly version: string },
): Promise<readonly ResourceClass<AnyObject>[]> {
  // The same objects as those of the core group.
  if (at.group === 'events.k8s.io') return []
  const resources = await client.discover(at)
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

async function readGroups(directory: DataDirectory): Promise<Groups> {
  const { status, body } = await fetchFromCluster(directory, '/apis')
  if (status === 200) return JSON.parse(body) as Groups
  throw new UserError(`Cannot read /apis from the cluster: it answers ${status}.`)
}
