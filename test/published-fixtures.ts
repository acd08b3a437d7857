import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Manifests, definitions and objects that others have published; they lie beside the project where it is developed. */
export const FIXTURES = join(import.meta.dirname, '..', '..', 'shared', 'fixtures')

/** Why tests over them cannot run. */
export const skipFixtures = existsSync(FIXTURES)
  ? false
  : 'needs the published manifests in ../shared/fixtures'
