import assert from 'node:assert/strict'
import { eventually } from '../../src/base/async-eventually.node.ts'
import type { Rest, Wire } from './rest.node.ts'

/** What the suite does with the objects of one resource. */
export interface Operations {
  /** `/api/v1` or `/apis/GROUP/VERSION`. */
  readonly version: string
  readonly plural: string
  /** Absent where the resource is not namespaced. */
  readonly namespace?: string
  /** An object's body, but for its metadata. */
  readonly body: Readonly<Record<string, unknown>>
  /** What objects are named; their names must all be different. */
  readonly name?: (number: number) => string
  /** A status that anybody may set. */
  readonly status?: Readonly<Record<string, unknown>>
  /** A controller writes to new objects until this holds of them, and keeps what is deleted for a while. */
  readonly isSettled?: (object: Wire) => boolean
}

const LABEL = 'special-label'

/**
 * The course that upstream's tests "should support … API operations" share: discovery names the resource, an object is
 * created, read, listed, watched, patched, updated, deleted, and the rest are deleted as a collection.
 */
export async function showApiOperations(rest: Rest, operations: Operations): Promise<void> {
  const { version, plural, namespace, status, isSettled } = operations
  await assertDiscovered(rest, operations)
  const all = `${version}/${plural}`
  const path = namespace === undefined ? all : `${version}/namespaces/${namespace}/${plural}`
  const selected = `labelSelector=${LABEL}%3D${plural}`

  const objects = await createThree(rest, path, operations)
  if (isSettled) await untilSettled(rest, `${path}?${selected}`, isSettled)
  const [first, second] = objects.map(({ metadata }) => metadata.name) as [string, string, string]
  assert.equal((await rest.get(`${path}/${first}`)).metadata.uid, objects[0]!.metadata.uid)
  const listed = await rest.get(`${all}?${selected}`)
  assert.equal(listed.items?.length, objects.length)

  const from = listed.metadata.resourceVersion
  using watch = await rest.watch(`${path}?watch=true&${selected}&resourceVersion=${from}`)
  const annotated = (value: string): object => ({ metadata: { annotations: { patched: value } } })
  const patched = await rest.patch(`${path}/${first}`, annotated('true'))
  assert.equal(patched.metadata.annotations?.['patched'], 'true')
  const annotations = { ...patched.metadata.annotations, updated: 'true' }
  const updated = await rest.put(`${path}/${first}`, {
    ...patched,
    metadata: { ...patched.metadata, annotations },
  })
  assert.equal(updated.metadata.annotations?.['updated'], 'true')
  for (const key of ['patched', 'updated']) {
    const { type, object } = await watch.next()
    assert.equal(type, 'MODIFIED')
    assert.equal(object.metadata.annotations?.[key], 'true')
  }
  if (status) await showStatus(rest, `${path}/${second}/status`, status)

  await rest.delete(`${path}/${first}`)
  const left = await rest.call('GET', `${path}/${first}`)
  if (isSettled) assert.ok(left.body.metadata.deletionTimestamp)
  else assert.equal(left.status, 404)
  await rest.delete(`${path}?${selected}`)
  const { items = [] } = await rest.get(`${path}?${selected}`)
  assert.ok(items.every(({ metadata }) => isSettled && metadata.deletionTimestamp))
}

async function assertDiscovered(
  rest: Rest,
  { version, plural, status }: Operations,
): Promise<void> {
  const { resources } = await rest.get(version)
  const names = (resources as readonly { readonly name: string }[]).map(({ name }) => name)
  assert.ok(names.includes(plural), plural)
  if (status) assert.ok(names.includes(`${plural}/status`), `${plural}/status`)
}

function createThree(rest: Rest, path: string, operations: Operations): Promise<readonly Wire[]> {
  const { plural, body, name = (number) => `e2e-${plural}-${number}` } = operations
  const labels = { [LABEL]: plural }
  const create = (number: number): Promise<Wire> =>
    rest.post(path, { metadata: { name: name(number), labels }, ...body })
  return Promise.all([1, 2, 3].map(create))
}

async function untilSettled(
  rest: Rest,
  path: string,
  isSettled: (object: Wire) => boolean,
): Promise<void> {
  await eventually(async () => (await rest.get(path)).items?.every(isSettled))
}

async function showStatus(
  rest: Rest,
  path: string,
  status: Readonly<Record<string, unknown>>,
): Promise<void> {
  const read = await rest.get(path)
  const patched = await rest.patch(path, { metadata: { annotations: { seen: 'patch' } }, status })
  assertHolds(patched['status'], status)
  const updated = await rest.put(path, {
    ...patched,
    status: { ...(read['status'] as object), ...status },
  })
  assertHolds(updated['status'], status)
}

function assertHolds(actual: unknown, expected: Readonly<Record<string, unknown>>): void {
  assert.deepEqual({ ...(actual as object), ...expected }, actual)
}
