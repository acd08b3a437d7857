import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { factLines } from './facts.ts'
import { factFiles } from './make-facts.ts'

/** What was read from Kubernetes' sources, which is not part of this project. */
const REFERENCE = join(import.meta.dirname, '..', '..', '..', 'shared', 'reference')
const skip =
  !existsSync(REFERENCE) && "what was read from Kubernetes' sources is not beside the project"

test("the facts are those that were read from Kubernetes' sources", { skip }, () => {
  for (const [name, lines] of factFiles(REFERENCE)) assert.deepEqual(factLines(name), lines, name)
})
