import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import type { Rest, Watch, Wire } from '../rest.node.ts'
import { suite } from '../suite.node.ts'

const LABEL = 'watch-this-configmap'

describe('watch', () => {
  const api = suite()

  conformance(
    '[sig-api-machinery] Watchers should observe add, update, and delete watch notifications on configmaps [Conformance]',
    async () => {
      const { maps } = await place('watch-notifications')
      using a = await api.rest.watch(watchPath(maps, 'a'))
      using b = await api.rest.watch(watchPath(maps, 'b'))
      using both = await api.rest.watch(watchPath(maps, 'a', 'b'))
      const events = async (watch: Watch, ...expected: readonly string[]): Promise<void> => {
        for (const each of expected) assert.equal(await told(watch), each)
      }

      await create(api.rest, maps, 'one', 'a')
      await Promise.all([events(a, 'ADDED one'), events(both, 'ADDED one')])
      for (const mutation of ['1', '2']) {
        await api.rest.patch(`${maps}/one`, { data: { mutation } })
        await Promise.all([
          events(a, `MODIFIED one ${mutation}`),
          events(both, `MODIFIED one ${mutation}`),
        ])
      }
      await api.rest.delete(`${maps}/one`)
      await Promise.all([events(a, 'DELETED one 2'), events(both, 'DELETED one 2')])
      await create(api.rest, maps, 'two', 'b')
      await api.rest.delete(`${maps}/two`)
      // The first event that B's watch sees is about its own object: those of A passed it by.
      await Promise.all([
        events(b, 'ADDED two', 'DELETED two'),
        events(both, 'ADDED two', 'DELETED two'),
      ])
    },
  )

  conformance(
    '[sig-api-machinery] Watchers should be able to start watching from a specific resource version [Conformance]',
    async () => {
      const { maps } = await place('watch-from-version')
      await create(api.rest, maps, 'one', 'from')
      const first = await api.rest.patch(`${maps}/one`, { data: { mutation: '1' } })
      await api.rest.patch(`${maps}/one`, { data: { mutation: '2' } })
      await api.rest.delete(`${maps}/one`)
      using watch = await api.rest.watch(
        `${watchPath(maps, 'from')}&resourceVersion=${versionOf(first)}`,
      )
      assert.equal(await told(watch), 'MODIFIED one 2')
      assert.equal(await told(watch), 'DELETED one 2')
    },
  )

  conformance(
    '[sig-api-machinery] Watchers should be able to restart watching from the last resource version observed by the previous watch [Conformance]',
    async () => {
      const { maps } = await place('watch-restart')
      let last: string
      {
        using watch = await api.rest.watch(watchPath(maps, 'restart'))
        await create(api.rest, maps, 'one', 'restart')
        await api.rest.patch(`${maps}/one`, { data: { mutation: '1' } })
        assert.equal(await told(watch), 'ADDED one')
        last = versionOf((await watch.next()).object)
      }
      await api.rest.patch(`${maps}/one`, { data: { mutation: '2' } })
      using watch = await api.rest.watch(`${watchPath(maps, 'restart')}&resourceVersion=${last}`)
      await api.rest.delete(`${maps}/one`)
      assert.equal(await told(watch), 'MODIFIED one 2')
      assert.equal(await told(watch), 'DELETED one 2')
    },
  )

  conformance(
    '[sig-api-machinery] Watchers should observe an object deletion if it stops meeting the requirements of the selector [Conformance]',
    async () => {
      const { maps } = await place('watch-label-changed')
      using watch = await api.rest.watch(watchPath(maps, 'wanted'))
      const relabel = (value: string): Promise<Wire> =>
        api.rest.patch(`${maps}/one`, { metadata: { labels: { [LABEL]: value } } })
      await create(api.rest, maps, 'one', 'wanted')
      await api.rest.patch(`${maps}/one`, { data: { mutation: '1' } })
      await relabel('unwanted')
      await api.rest.patch(`${maps}/one`, { data: { mutation: '2' } }) // Out of sight.
      await relabel('wanted')
      await api.rest.patch(`${maps}/one`, { data: { mutation: '3' } })
      await api.rest.delete(`${maps}/one`)
      const expected = [
        'ADDED one',
        'MODIFIED one 1',
        'DELETED one 1',
        'ADDED one 2',
        'MODIFIED one 3',
        'DELETED one 3',
      ]
      for (const each of expected) assert.equal(await told(watch), each)
    },
  )

  conformance(
    '[sig-api-machinery] Watchers should receive events on concurrent watches in same order [Conformance]',
    async () => {
      const { maps } = await place('watch-consistency')
      const writes = 60
      const watches = 12
      const { metadata } = await api.rest.get(maps)
      using first = await api.rest.watch(
        `${maps}?watch=true&resourceVersion=${metadata.resourceVersion}`,
      )
      const writing = churn(api.rest, maps, writes)
      const versions: string[] = []
      for (let at = 0; at < writes; at++) versions.push(versionOf((await first.next()).object))
      await writing
      // A watch from any event on sees exactly what came after it.
      const starts = versions.filter((_, at) => at % Math.ceil(writes / watches) === 0)
      await Promise.all(
        starts.map(async (start) => {
          using watch = await api.rest.watch(`${maps}?watch=true&resourceVersion=${start}`)
          for (const version of versions.slice(versions.indexOf(start) + 1))
            assert.equal(versionOf((await watch.next()).object), version)
        }),
      )
    },
  )

  async function place(name: string): Promise<{ readonly maps: string }> {
    return { maps: `${await api.namespace(name)}/configmaps` }
  }
})

function watchPath(maps: string, ...labels: readonly string[]): string {
  const selector = encodeURIComponent(`${LABEL} in (${labels.join(',')})`)
  return `${maps}?watch=true&labelSelector=${selector}`
}

function create(rest: Rest, maps: string, name: string, label: string): Promise<Wire> {
  return rest.post(maps, { metadata: { name, labels: { [LABEL]: label } } })
}

/** The next event, with how often the object had been changed. */
async function told(watch: Watch): Promise<string> {
  const { type, object } = await watch.next()
  const { mutation = '' } = (object['data'] ?? {}) as { readonly mutation?: string }
  return `${type} ${object.metadata.name} ${mutation}`.trimEnd()
}

function versionOf({ metadata }: Wire): string {
  return metadata.resourceVersion
}

/** Creates, changes and deletes objects: as many writes as asked for. */
async function churn(rest: Rest, maps: string, writes: number): Promise<void> {
  for (let at = 0; at < writes; at += 3) {
    const name = `map-${at}`
    await rest.post(maps, { metadata: { name } })
    await rest.patch(`${maps}/${name}`, { data: { at: String(at) } })
    await rest.delete(`${maps}/${name}`)
  }
}
