import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { run } from '../e2e/programs.node.ts'
import { ROOT } from '../e2e/test-cluster.node.ts'

const PYTHONS = ['python3', '/usr/bin/python3']

/** A Python with pytest and the official client; undefined where there is none. */
async function pythonWithClient(): Promise<string | undefined> {
  for (const python of PYTHONS) {
    const found = await run([python, '-c', 'import kubernetes, pytest']).catch(() => undefined)
    if (found?.code === 0) return python
  }
  return undefined
}

/** The one example of a language in docs/embedding.md. */
async function example(language: string): Promise<string> {
  const page = await readFile(join(ROOT, 'docs', 'embedding.md'), 'utf8')
  const [, code] = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'm').exec(page)!
  return code!
}

const python = await pythonWithClient()
const skip = python === undefined && 'there is no Python with pytest and the kubernetes package'

test("docs/embedding.md: a cluster in Python's tests", { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-python-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const file = join(directory, 'test_cluster.py')
  await writeFile(file, await example('python'))
  const env = {
    HOME: directory,
    PATH: [join(ROOT, 'bin'), process.env['PATH']].join(delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
  }
  const options = ['-q', '-p', 'no:cacheprovider', `--basetemp=${join(directory, 'tmp')}`]
  const { code, stdout, stderr } = await run([python!, '-m', 'pytest', ...options, file], { env })
  assert.equal(code, 0, stdout + stderr)
  assert.match(stdout, /1 passed/)
})
