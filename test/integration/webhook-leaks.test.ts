import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const PROGRAM = join(import.meta.dirname, 'webhook-leaks.node.ts')

test('webhooks that never answer, or answer nonsense, leave nothing behind', async () => {
  // In a process of its own, whose handles are those of the webhooks alone.
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM])
  assert.deepEqual(JSON.parse(stdout), { failed: [50, 50, 50, 50], left: [] })
})
