import { CustomResourceDefinition } from '../../api/apiextensions/v1/custom-resource-definition.ts'
import { SERVED_RESOURCES } from '../../api/resources.ts'
import type { Client } from '../../client/client.ts'
import { dynamicClass, type AnyObject } from '../../client/dynamic-class.ts'
import type { ResourceClass } from '../../schema/resource.ts'

/** The type that a user names by plural, singular, short name or kind, `.GROUP` behind it where they like. */
export async function findKind(
  client: Client,
  word: string,
): Promise<ResourceClass<AnyObject> | undefined> {
  const [name = '', ...group] = word.toLowerCase().split('.')
  const wanted = group.length === 0 ? undefined : group.join('.')
  const builtIn = SERVED_RESOURCES.find(({ resource }) => {
    const { plural, singular, shortNames, kind } = resource
    const isNamed = [plural, singular, kind.toLowerCase(), ...shortNames].includes(name)
    return isNamed && (wanted === undefined || resource.group === wanted)
  })
  // Every stored object has what AnyObject tells.
  return (builtIn as ResourceClass<AnyObject> | undefined) ?? findCustomKind(client, name, wanted)
}

async function findCustomKind(
  client: Client,
  name: string,
  group: string | undefined,
): Promise<ResourceClass<AnyObject> | undefined> {
  const { items } = await client.list(CustomResourceDefinition)
  const found = items.find(({ spec }) => {
    const { plural, singular, shortNames = [], kind } = spec.names
    const isNamed = [plural, singular, kind.toLowerCase(), ...shortNames].includes(name)
    return isNamed && (group === undefined || spec.group === group)
  })
  const version = found?.spec.versions.find(({ served }) => served)?.name
  if (!found || version === undefined) return undefined
  const { kind, plural } = found.spec.names
  const namespaced = found.spec.scope === 'Namespaced'
  return dynamicClass({ group: found.spec.group, version, kind, plural, namespaced })
}
