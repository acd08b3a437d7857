import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../base/logger.ts'
import { pullRecords, type PullRecordsOptions } from './pull-records.ts'

const [IMAGE, ID] = ['r.example.com/team/app:1', 'sha256:1']
const secret = (name: string, hash: string) => ({ namespace: 'ns', name, uid: name, hash })

function made(more: Partial<PullRecordsOptions> = {}) {
  const state = { text: '' }
  const records = pullRecords({
    policy: 'NeverVerifyPreloadedImages',
    allowlist: [],
    logger: silentLogger,
    saved: '',
    save: async (text) => void (state.text = text),
    ...more,
  })
  return { records, state }
}

test('pullRecords() let nobody have what the Secrets of others have brought', async () => {
  const { records, state } = made()
  assert.equal(records.mustVerify(IMAGE, ID), false)
  await records.pulled(IMAGE, ID, secret('a', 'h1'))
  const { records: again } = made({ saved: state.text })
  assert.equal(again.mustVerify('r.example.com/team/app:2', ID), true)
  assert.equal(again.isKnown(IMAGE, ID, []), false)
  assert.equal(again.isKnown(IMAGE, ID, [secret('b', 'h2')]), false)
  assert.equal(again.isKnown(IMAGE, ID, [secret('b', 'h1')]), true)
  assert.equal(again.isKnown('r.example.com/other:1', ID, [secret('a', 'h1')]), false)
  await again.pulled(IMAGE, ID, undefined)
  assert.equal(again.mustVerify(IMAGE, ID), false)
})

test('pullRecords() follow the policy for images that nobody has pulled', () => {
  const must = (policy: string, image = IMAGE): boolean =>
    made({ policy, allowlist: ['r.example.com/team/*'] }).records.mustVerify(image, ID)
  assert.equal(must('AlwaysVerify'), true)
  assert.equal(must('NeverVerify'), false)
  assert.equal(must('NeverVerifyAllowlistedImages'), false)
  assert.equal(must('NeverVerifyAllowlistedImages', 'r.example.com/app:1'), true)
})
