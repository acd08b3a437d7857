import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { storeConformance } from './conformance.ts'
import { commit, put, textOf, valueOf } from './conformance-helpers.ts'
import { MemoryStore } from './memory/memory-store.ts'
import { transformingStore, type ValueTransformer } from './transforming-store.ts'

/** No encryption at all, but like one it knows which key a value belongs to and with what it was written. */
function marking(mark: string): ValueTransformer {
  return {
    encode: async (key, bytes) => Buffer.concat([Buffer.from(`${mark} ${key}\0`), bytes]),
    async decode(key, kept) {
      const end = kept.indexOf(0)
      const [written = '', ...of] = Buffer.from(kept.subarray(0, end)).toString().split(' ')
      if (of.join(' ') !== key) throw new Error(`value of ${of.join(' ')} found under ${key}`)
      return { bytes: kept.subarray(end + 1), isStale: written !== mark }
    },
  }
}

storeConformance(
  'transforming',
  async () => {
    const clock = virtualClock()
    const store = transformingStore(new MemoryStore({ clock }), marking('a'))
    return {
      store,
      passTime: (ms) => clock.advance(ms),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    }
  },
  { runs: 30 },
)

test('transformingStore() keeps values in another form, and hands back what was written', async () => {
  await using beneath = new MemoryStore({ clock: virtualClock() })
  const store = transformingStore(beneath, marking('a'))
  const value = { ...valueOf('x'), object: Object.freeze({ kind: 'Secret' }) }
  await commit(store, '/s', 0, { type: 'put', value })
  assert.equal(textOf(await beneath.get('/s')), 'a /s\0x')
  assert.equal((await store.get('/s'))?.value, value)
})

test('transformingStore() decodes what it finds once, and says what is stale', async () => {
  await using beneath = new MemoryStore({ clock: virtualClock() })
  await put(beneath, '/new', 0, 'b /new\0x')
  await put(beneath, '/old', 0, 'a /old\0x')
  await put(beneath, '/moved', 0, 'b /old\0x')
  const store = transformingStore(beneath, marking('b'))
  const found = await store.get('/new')
  assert.equal(textOf(found), 'x')
  assert.equal(found?.value.isStale, undefined)
  assert.equal((await store.list('/new')).entries[0]?.value, found?.value)
  assert.equal((await store.get('/old'))?.value.isStale, true)
  await assert.rejects(store.get('/moved'), {
    message: 'Internal error occurred: value of /old found under /moved',
  })
  await assert.rejects(store.list('/moved'), {
    message:
      'Internal error occurred: unable to transform key "/moved": value of /old found under /moved',
  })
})
