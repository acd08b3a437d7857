// `npm pack` and `npm publish` call it when they are done: package.json is again that of the sources.
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

export const MANIFEST = join(root, 'package.json')
/** Where package.json is kept meanwhile. */
export const KEPT_MANIFEST = join(root, 'package.source.json')

export function restoreManifest(): void {
  if (existsSync(KEPT_MANIFEST)) renameSync(KEPT_MANIFEST, MANIFEST)
}

if (import.meta.main) restoreManifest()
