import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import { suite } from '../suite.node.ts'

const COUNT = 40
const CHUNK = 7

describe('chunks of lists', () => {
  const api = suite()

  conformance(
    '[sig-api-machinery] Servers with support for API chunking should return chunks of results for list calls [Conformance]',
    async () => {
      const templates = `${await api.namespace('chunking')}/podtemplates`
      const names = Array.from(
        { length: COUNT },
        (_, at) => `template-${String(at).padStart(4, '0')}`,
      )
      await Promise.all(names.map((name) => api.rest.post(templates, podTemplate(name))))

      const seen: string[] = []
      let [token, version] = ['', '']
      do {
        const list = await api.rest.get(
          `${templates}?limit=${CHUNK}&continue=${encodeURIComponent(token)}`,
        )
        const { metadata, items = [] } = list
        version ||= metadata.resourceVersion
        assert.equal(metadata.resourceVersion, version, 'all chunks are of one moment')
        seen.push(...items.map((item) => item.metadata.name))
        assert.equal(metadata.remainingItemCount ?? 0, COUNT - seen.length)
        token = metadata.continue ?? ''
        // What is written meanwhile changes nothing of what is still to come.
        if (seen.length === CHUNK) await api.rest.delete(`${templates}/${names.at(-1)}`)
      } while (token !== '')
      assert.deepEqual(seen, names)

      const whole = await api.rest.get(templates)
      assert.equal(whole.items?.length, COUNT - 1)
      assert.equal(whole.metadata.continue, undefined)
    },
  )
})

function podTemplate(name: string): object {
  const spec = { containers: [{ name: 'test', image: 'test2' }] }
  return { metadata: { name }, template: { metadata: { labels: { pod: 'chunk' } }, spec } }
}
