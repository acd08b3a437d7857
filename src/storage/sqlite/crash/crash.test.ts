import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { FIRST_REVISION } from '../../store.ts'
import { openSqliteStore } from '../sqlite-store.node.ts'
import { killRepeatedly } from './kills.node.ts'
import { Ledger } from './ledger.node.ts'
import { NO_RECORDER, recordWriter, type Recording } from './power-cuts.node.ts'

// `npm run soak` does many more of each.
const KILLS = 25
const CUTS = 25
const SEED = 1

let recording: Recording | undefined
before(async () => (recording = await recordWriter(SEED)))
after(() => recording?.[Symbol.asyncDispose]())

test(`SqliteStore keeps what it acknowledged through ${KILLS} times SIGKILL`, async () => {
  assert.ok((await killRepeatedly(KILLS, SEED)) > KILLS)
})

test(`SqliteStore keeps what it acknowledged through ${CUTS} power cuts`, async (t) => {
  if (!recording) return t.skip(NO_RECORDER)
  for await (const problem of recording.cuts(CUTS)) assert.ifError(problem)
})

test('A store that did not sync would lose acknowledged writes, and that is noticed', async (t) => {
  if (!recording) return t.skip(NO_RECORDER)
  let lost = 0
  for await (const problem of recording.cuts(10, { withoutSyncs: true })) lost += problem ? 1 : 0
  assert.ok(lost > 0)
})

test('SqliteStore stops at a failed sync, and what was acknowledged before it stays', async (t) => {
  if (!recording) return t.skip(NO_RECORDER)
  const { error, report, file } = await recording.failingSyncs(100)
  assert.match(String(error), /StoreWriteError: Cannot write store: I\/O error/)
  const ledger = new Ledger([], FIRST_REVISION)
  ledger.read(report)
  assert.ok(ledger.acknowledged() > 50)
  await using store = await openSqliteStore({ file })
  await ledger.check(store)
})
