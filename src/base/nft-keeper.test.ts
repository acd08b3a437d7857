import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from './clock.node.ts'
import { silentLogger } from './logger.ts'
import { keepNft } from './nft-keeper.node.ts'
import { applyNft } from './nft.node.ts'
import { systemRandom } from './random.node.ts'

const NOTHING = '# nothing\n'
const skip = await applyNft(NOTHING).then(
  () => false,
  () => 'needs root and nft',
)

test('keepNft() plans what was known before its start once', { skip }, async () => {
  const planned: string[] = []
  const known = Promise.withResolvers<void>()
  const updated = Promise.withResolvers<void>()
  await using keeper = keepNft<string>({
    what: 'nothing',
    known: () => known.promise,
    anew() {
      planned.push('anew')
      return NOTHING
    },
    update(changed) {
      planned.push(...changed)
      updated.resolve()
      return ''
    },
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  })
  keeper.changed('before')
  known.resolve()
  await keeper.ready
  keeper.changed('after')
  await updated.promise
  assert.deepEqual(planned, ['anew', 'after'])
})
