import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A behaviour that every conformant cluster of Kubernetes 1.36 shows. */
export interface Behaviour {
  /** Under which upstream's report counts it. */
  readonly codename: string
  /** Where upstream tests it. */
  readonly file: string
}

/** All behaviours, in the order of their files. See https://github.com/cncf/k8s-conformance. */
export function behaviours(): readonly Behaviour[] {
  const text = readFileSync(join(import.meta.dirname, 'behaviours.json'), 'utf8')
  const byFile = JSON.parse(text) as Readonly<Record<string, readonly string[]>>
  return Object.entries(byFile).flatMap(([file, codenames]) =>
    codenames.map((codename) => ({ codename, file })),
  )
}
