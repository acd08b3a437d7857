import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseYamlDocuments } from '../../src/apimachinery/yaml.ts'
import { FIXTURES } from '../published-fixtures.ts'

export interface Fixture {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata?: { readonly name?: string; readonly namespace?: string }
}

export async function fixturesIn(folder: string): Promise<readonly Fixture[]> {
  const names = await readdir(join(FIXTURES, folder), { recursive: true })
  const files = names.filter((name) => /\.ya?ml$/.test(name)).toSorted()
  const texts = await Promise.all(
    files.map((name) => readFile(join(FIXTURES, folder, name), 'utf8')),
  )
  return texts
    .flatMap((text) => parseYamlDocuments(text))
    .map(({ value }) => value as Fixture | null)
    .filter((value) => value !== null && typeof value === 'object' && 'kind' in value)
}

export async function realDefinitions(): Promise<readonly Fixture[]> {
  const all = await fixturesIn('crds')
  return all.filter(({ kind }) => kind === 'CustomResourceDefinition')
}
