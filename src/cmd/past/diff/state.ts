import { withoutKey } from '../../../apimachinery/patch/json-object.ts'
import type { Client } from '../../../client/client.ts'
import type { AnyObject } from '../../../client/dynamic-class.ts'
import { keyText } from '../../../client/object-key.ts'
import { apiVersionOf, type ResourceClass } from '../../../schema/resource.ts'
import { withoutBookkeeping } from '../without-bookkeeping.ts'
import { fieldChanges, type FieldChange } from './field-changes.ts'

/** All objects, by `VERSION KIND NAMESPACE/NAME`. */
export type State = ReadonlyMap<string, AnyObject>

export type Change =
  | { readonly type: 'added' | 'removed'; readonly object: string }
  | { readonly type: 'changed'; readonly object: string; readonly fields: readonly FieldChange[] }

const LIMIT = 500
/** Where client-side `kubectl apply` keeps a copy of the object, data included. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** Reads all objects of these types. */
export async function readState(
  client: Client,
  types: readonly ResourceClass<AnyObject>[],
): Promise<State> {
  const lists = await Promise.all(types.map((type) => readAll(client, type)))
  return new Map(lists.flat())
}

async function readAll(
  client: Client,
  type: ResourceClass<AnyObject>,
): Promise<readonly (readonly [string, AnyObject])[]> {
  const { resource } = type
  const found: (readonly [string, AnyObject])[] = []
  for (let next: string | undefined = ''; next !== undefined;) {
    const page: Awaited<ReturnType<typeof client.list<AnyObject>>> = await client.list(type, {
      limit: LIMIT,
      ...(next !== '' && { continue: next }),
    })
    for (const object of page.items)
      found.push([`${apiVersionOf(resource)} ${resource.kind} ${keyText(object.metadata)}`, object])
    next = page.continue
  }
  return found
}

/** What became of the objects of one state in another. */
export function compareStates(before: State, after: State): readonly Change[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted()
  return names.flatMap((object): readonly Change[] => {
    const [old, now] = [before.get(object), after.get(object)]
    if (!old) return [{ type: 'added', object }]
    if (!now) return [{ type: 'removed', object }]
    if (old.metadata.resourceVersion === now.metadata.resourceVersion) return []
    const fields = [...fieldChanges(comparable(old), comparable(now)), ...secretChanges(old, now)]
    return fields.length > 0 ? [{ type: 'changed', object, fields }] : []
  })
}

/** Without what changes with every write, and without what is secret. */
function comparable(object: AnyObject): unknown {
  const kept = withoutBookkeeping(object)
  if (object.kind !== 'Secret') return kept
  const { metadata } = kept
  const annotations = withoutKey(metadata.annotations ?? {}, LAST_APPLIED)
  return { ...kept, metadata: { ...metadata, annotations }, data: '(secret)' }
}

/** Which values of a Secret differ, and nothing of what they are. */
function secretChanges(before: AnyObject, after: AnyObject): readonly FieldChange[] {
  if (before.kind !== 'Secret') return []
  const dataOf = (object: AnyObject): unknown => (object as { readonly data?: unknown }).data
  return fieldChanges(dataOf(before), dataOf(after), 'data').map((change) => ({
    path: change.path,
    before: change.before === undefined ? undefined : '***',
    after: change.after === undefined ? undefined : '***',
  }))
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const

/** For people: a line for each object, and one for each field that differs. */
export function formatChanges(changes: readonly Change[]): string {
  return changes
    .flatMap((change) => [
      `${SIGNS[change.type]} ${change.object}`,
      ...(change.type === 'changed' ? change.fields.map(fieldLine) : []),
    ])
    .map((line) => `${line}\n`)
    .join('')
}

function fieldLine({ path, before, after }: FieldChange): string {
  return `    ${path}: ${valueText(before)} -> ${valueText(after)}`
}

function valueText(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value)
}
