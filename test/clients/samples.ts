import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseYamlDocuments } from '../../src/apimachinery/yaml.ts'

/** A small valid object of some kind. */
export interface Sample {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
}

export const SAMPLES_DIRECTORY = join(import.meta.dirname, 'samples')

/** One object or more of every kind that can be created and listed. None depends on another. */
export function samples(): readonly Sample[] {
  return globSync('*.yaml', { cwd: SAMPLES_DIRECTORY })
    .toSorted()
    .flatMap((file) => parseYamlDocuments(readFileSync(join(SAMPLES_DIRECTORY, file), 'utf8')))
    .map(({ value }) => value as Sample)
}
