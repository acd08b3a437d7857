import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '../base/logger.ts'
import { openStateFile } from './state-file.node.ts'
import { parseSaved } from './state-file.ts'

test('parseSaved() gives what openStateFile() found, and nothing where it cannot be read', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-state-'))
  t.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'state')
  const told: string[] = []
  const logger = { ...silentLogger, error: (message: string) => void told.push(message) }
  const read = async () =>
    parseSaved({ ...(await openStateFile(path)), logger }, { a: 0 }, 'Cannot read it')
  assert.deepEqual(await read(), { a: 0 })
  const { save } = await openStateFile(path)
  await save('{"a":1}')
  assert.deepEqual(await read(), { a: 1 })
  await save('{"a":')
  assert.deepEqual([await read(), told], [{ a: 0 }, ['Cannot read it']])
})
