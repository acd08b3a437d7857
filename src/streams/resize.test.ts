import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { encodeResize, resizeDecoder, resizeQueue } from './resize.ts'

test('resizeDecoder() finds all sizes however the text is cut', () => {
  const size = fc.record({ width: fc.nat(65535), height: fc.nat(65535) }, { noNullPrototype: true })
  fc.assert(
    fc.property(fc.array(size, { maxLength: 10 }), fc.array(fc.nat(30)), (sizes, cuts) => {
      let rest = sizes.map(encodeResize).join('')
      const decode = resizeDecoder()
      const found = [...cuts, rest.length].flatMap((length) => {
        const part = rest.slice(0, length)
        rest = rest.slice(length)
        return decode(part)
      })
      assert.deepEqual(found, sizes)
    }),
  )
})

test('resizeDecoder() takes names in any case and missing ones as zero, as encoding/json does', () => {
  assert.deepEqual(resizeDecoder()('{"width":1,"HEIGHT":2}{"Width":3}{}'), [
    { width: 1, height: 2 },
    { width: 3, height: 0 },
    { width: 0, height: 0 },
  ])
})

test('resizeDecoder() finds nothing after what is no size', () => {
  const good = '{"Width":1,"Height":1}'
  for (const bad of [
    '}',
    '{"Width":-1}',
    '{"Width":65536}',
    '{"Width":"80"}',
    '[1]}',
    'x'.repeat(2000),
    '{"__proto__":1}}',
  ]) {
    const decode = resizeDecoder()
    assert.ok(decode(bad + good + good).length <= 1, bad)
    assert.deepEqual(decode(good), [])
  }
})

test('resizeQueue() hands out the newest size, and ends', async () => {
  const queue = resizeQueue()
  for (const width of [1, 2, 3]) queue.push({ width, height: 1 })
  const sizes = queue[Symbol.asyncIterator]()
  assert.equal((await sizes.next()).value?.width, 3)
  const next = sizes.next()
  queue.push({ width: 4, height: 1 })
  assert.equal((await next).value?.width, 4)
  queue.push({ width: 5, height: 1 })
  queue.end()
  assert.equal((await sizes.next()).value?.width, 5)
  assert.equal((await sizes.next()).done, true)
})
