import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { RawWatchEvent } from '../../client/transport.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { ResourceCalls, startTestServer } from '../testing.node.ts'
import type { TestApiServer } from '../testing.ts'

const NAMES = ['a', 'b', 'c', 'd']
const SELECTORS = ['', 'on=1', 'on!=1', 'x']

type Step =
  | { readonly type: 'write'; readonly name: string; readonly on: string; readonly x: boolean }
  | { readonly type: 'delete'; readonly name: string }
  | { readonly type: 'list'; readonly selector: string }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant('write' as const),
    name: fc.constantFrom(...NAMES),
    on: fc.constantFrom('0', '1'),
    x: fc.boolean(),
  }),
  fc.record({ type: fc.constant('delete' as const), name: fc.constantFrom(...NAMES) }),
  fc.record({ type: fc.constant('list' as const), selector: fc.constantFrom(...SELECTORS) }),
)

interface Listed {
  readonly selector: string
  readonly resourceVersion: string
  readonly objects: ReadonlyMap<string, ApiObject>
}

async function list(calls: ResourceCalls, selector: string): Promise<Listed> {
  const { metadata, items } = await calls.list({ labelSelector: selector })
  const objects = new Map(items.map((item) => [item.metadata.name!, item]))
  return { selector, resourceVersion: metadata.resourceVersion, objects }
}

async function run(calls: ResourceCalls, steps: readonly Step[]): Promise<readonly Listed[]> {
  const lists: Listed[] = []
  for (const each of steps) {
    if (each.type === 'list') lists.push(await list(calls, each.selector))
    else if (each.type === 'delete') await calls.delete(each.name).catch(() => undefined)
    else {
      const labels = { on: each.on, ...(each.x && { x: '' }) }
      const body = { metadata: { name: each.name, labels } }
      await calls.create(body).catch(() => calls.update(body as never))
    }
  }
  return lists
}

/** What a list becomes when the events since then are told, up to the object `last`. */
async function follow(
  { transport }: TestApiServer,
  { selector, resourceVersion, objects }: Listed,
  last: ApiObject,
): Promise<ReadonlyMap<string, ApiObject>> {
  const state = new Map(objects)
  let newest = Number(resourceVersion)
  const options = { labelSelector: selector, resourceVersion }
  const request = {
    group: '',
    version: 'v1',
    resource: 'configmaps',
    verb: 'watch',
    options,
  } as const
  for await (const event of transport.watch(request)) {
    const object = event.object as ApiObject
    const revision = Number(object.metadata.resourceVersion)
    assert.ok(revision > newest, `${revision} after ${newest}`)
    newest = revision
    applyEvent(state, event, object)
    if (object.metadata.name === last.metadata.name) break
  }
  state.delete(last.metadata.name!)
  return state
}

function applyEvent(
  state: Map<string, ApiObject>,
  { type }: RawWatchEvent,
  object: ApiObject,
): void {
  const name = object.metadata.name!
  assert.equal(state.has(name), type !== 'ADDED', `${type} ${name}`)
  if (type === 'DELETED') state.delete(name)
  else state.set(name, object)
}

test('a list and the watch from there come to what a later list says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      await using api = await startTestServer()
      const calls = new ResourceCalls(api.transport, 'v1', 'configmaps', 'default')
      const lists = [...(await run(calls, steps)), await list(calls, '')]
      const expected = await Promise.all(lists.map(({ selector }) => list(calls, selector)))
      // Every selector selects it, so that each watch sees where to stop.
      const selectors = { '': {}, 'on=1': { on: '1' }, 'on!=1': { on: '0' }, x: { x: '' } }
      for (const [i, listed] of lists.entries()) {
        const labels = selectors[listed.selector as keyof typeof selectors]
        const last = await calls.create({ metadata: { name: `last-${i}`, labels } })
        const state = await follow(api, listed, last)
        const own = [...state].filter(([name]) => !name.startsWith('last-'))
        assert.deepEqual(new Map(own), expected[i]!.objects)
      }
    }),
    { numRuns: 50 },
  )
})
