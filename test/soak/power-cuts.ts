import assert from 'node:assert/strict'
import { NO_RECORDER, recordWriter } from '../../src/storage/sqlite/crash/power-cuts.node.ts'

const RECORDINGS = 5
const CUTS_EACH = 200

export const soak = {
  name: 'power-cuts',
  what: `the power fails ${RECORDINGS * CUTS_EACH} times under a store in SQLite, with torn and reordered writes`,
  async run(log: (line: string) => void): Promise<string> {
    for (let seed = 1; seed <= RECORDINGS; seed++) {
      await using recording = await recordWriter(seed)
      assert.ok(recording, NO_RECORDER)
      for await (const problem of recording.cuts(CUTS_EACH)) assert.ifError(problem)
      log(`${seed * CUTS_EACH} cuts`)
    }
    return `${RECORDINGS * CUTS_EACH} power cuts, nothing acknowledged lost`
  },
}
