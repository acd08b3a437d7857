// `npm pack` and `npm publish` call it: builds dist/ and has package.json point there. In a clone the sources run as they
// are; in a package they cannot, since Node.js runs no TypeScript below node_modules. postpack.ts undoes it.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle, BUNDLED } from './bundle.ts'
import { declarations } from './declarations.ts'
import { KEPT_MANIFEST, MANIFEST, restoreManifest } from './postpack.ts'

interface Manifest {
  readonly exports: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
}

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

restoreManifest() // Packing may have been interrupted.
rmSync(dist, { recursive: true, force: true })
await bundle(dist)
declarations(join(dist, 'types'))
copyLicences(join(dist, 'licences'))
const manifest = readFileSync(MANIFEST, 'utf8')
writeFileSync(KEPT_MANIFEST, manifest)
writeFileSync(MANIFEST, JSON.stringify(published(JSON.parse(manifest) as Manifest), undefined, 2))

/** The manifest of the package: its exports are in dist/, and what is bundled there is no dependency. */
function published(manifest: Manifest): object {
  const { exports, dependencies } = manifest
  const needed = Object.entries(dependencies).filter(([name]) => !BUNDLED.includes(name))
  return {
    ...manifest,
    exports: Object.fromEntries(Object.entries(exports).map(([name, file]) => [name, built(file)])),
    dependencies: Object.fromEntries(needed),
    devDependencies: undefined,
    scripts: undefined,
  }
}

/** Where `./src/index.ts` is in dist/, with its types. */
function built(file: string): object {
  const path = file.replace(/^\.\/src\//, '').replace(/\.ts$/, '')
  return { types: `./dist/types/${path}.d.ts`, default: `./dist/${path}.js` }
}

function copyLicences(directory: string): void {
  mkdirSync(directory)
  for (const name of BUNDLED)
    cpSync(join(root, 'node_modules', name, 'LICENSE'), join(directory, name))
}
