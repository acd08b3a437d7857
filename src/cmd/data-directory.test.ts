import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { dataDirectory, prepareDataDirectory, writeJson } from './data-directory.node.ts'

test('prepareDataDirectory() writes down the format, and refuses a newer one', async () => {
  const path = await mkdtemp(join(tmpdir(), 'trierarch-data-'))
  try {
    const directory = dataDirectory(path)
    prepareDataDirectory(directory)
    assert.deepEqual(JSON.parse(await readFile(directory.format, 'utf8')), { format: 1 })
    prepareDataDirectory(directory)
    await writeJson(directory.format, { format: 7 })
    assert.throws(() => prepareDataDirectory(directory), {
      name: 'UserError',
      message: `Cannot use data directory ${path}: it has format 7, written by a newer release; this one knows format 1, use the newer release.`,
    })
  } finally {
    await rm(path, { recursive: true })
  }
})
