import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { billOfMaterials } from './sbom.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (...path: readonly string[]): string => readFileSync(join(ROOT, ...path), 'utf8')

test('the bill of materials is that of package-lock.json', () => {
  const bill = billOfMaterials(JSON.parse(read('package-lock.json')) as never)
  const written: unknown = JSON.parse(read('docs', 'sbom', 'trierarch.cdx.json'))
  assert.deepEqual(written, bill, 'run node scripts/sbom.ts')
})

test('docs/dependencies.md says of each dependency what it is for', () => {
  interface Package {
    readonly dependencies: object
    readonly devDependencies: object
    readonly optionalDependencies: object
  }
  const {
    dependencies,
    devDependencies,
    optionalDependencies: optional,
  } = JSON.parse(read('package.json')) as Package
  const text = read('docs', 'dependencies.md')
  const names = Object.keys({ ...dependencies, ...devDependencies, ...optional })
  const missing = names.filter((name) => !text.includes(`\`${name}\``))
  assert.deepEqual(missing, [])
})
