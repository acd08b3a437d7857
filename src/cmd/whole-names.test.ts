import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const PROGRAM = `
import { resolveWholeNames } from './whole-names.node.ts'
resolveWholeNames()
const { UserError } = await import('./user-error.ts')
const { parseYaml } = await import('../apimachinery/yaml.ts')
console.log(UserError.name, parseYaml('a: 1').value)
await import('./missing.ts').catch(({ message }) => console.log(message))
`

test('resolveWholeNames() finds sources and the packages that they use, and names what is missing', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', PROGRAM],
    { cwd: import.meta.dirname },
  )
  const missing = join(import.meta.dirname, 'missing.ts')
  assert.equal(stdout, `UserError { a: 1 }\nENOENT: no such file or directory, open '${missing}'\n`)
})
