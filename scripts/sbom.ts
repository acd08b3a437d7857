// Writes docs/sbom/trierarch.cdx.json, the bill of materials of what is needed at run time, in CycloneDX 1.6
// (https://cyclonedx.org/docs/1.6/json/), from package-lock.json.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface LockedPackage {
  readonly version: string
  readonly license?: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface Lock {
  readonly name: string
  readonly version: string
  readonly packages: Readonly<Record<string, LockedPackage>>
}

const root = join(import.meta.dirname, '..')

/** The bill of materials for a lock file. The same lock gives the same bill: there is no date in it. */
export function billOfMaterials(lock: Lock): object {
  const { '': self, ...installed } = lock.packages
  const needed = Object.entries(installed).filter(([, each]) => each.dev !== true)
  // What is there twice, in the folders of two others, is one component.
  const unique = new Map(
    needed.map(([path, each]) => [purl(nameOf(path), each.version), { path, each }] as const),
  )
  const places = [...unique].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': purl(lock.name, lock.version),
        name: lock.name,
        version: lock.version,
        licenses: licensesOf(self!),
        purl: purl(lock.name, lock.version),
      },
    },
    components: places.map(([, { path, each }]) => component(nameOf(path), each)),
    dependencies: [
      { ref: purl(lock.name, lock.version), dependsOn: dependsOn('', self!, lock) },
      ...places.map(([ref, { path, each }]) => ({ ref, dependsOn: dependsOn(path, each, lock) })),
    ],
  }
}

function component(name: string, locked: LockedPackage) {
  return {
    type: 'library',
    'bom-ref': purl(name, locked.version),
    name,
    version: locked.version,
    licenses: licensesOf(locked),
    purl: purl(name, locked.version),
    ...(locked.integrity !== undefined && { hashes: [hashOf(locked.integrity)] }),
  }
}

/** `node_modules/a/node_modules/@b/c` is `@b/c`. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

function licensesOf({ license }: LockedPackage): readonly object[] {
  if (license === undefined) return []
  return [/^[\w.+-]+$/.test(license) ? { license: { id: license } } : { expression: license }]
}

// npm writes `sha512-BASE64`, CycloneDX hexadecimal.
function hashOf(integrity: string): object {
  const [algorithm = '', base64 = ''] = integrity.split(' ')[0]!.split('-', 2)
  return {
    alg: algorithm.replace('sha', 'SHA-'),
    content: Buffer.from(base64, 'base64').toString('hex'),
  }
}

function dependsOn(path: string, locked: LockedPackage, { packages }: Lock): readonly string[] {
  return Object.keys({ ...locked.dependencies, ...locked.optionalDependencies })
    .flatMap((name) => {
      const place = placeOf(path, name, packages)
      return place === undefined ? [] : [purl(name, packages[place]!.version)]
    })
    .toSorted()
}

/** Where Node.js finds a package that another one asks for: in its own folder, or in one further out. */
function placeOf(path: string, name: string, packages: Lock['packages']): string | undefined {
  const steps = path === '' ? [] : path.split('/node_modules/')
  for (let depth = steps.length; depth >= 0; depth--) {
    const place = [...steps.slice(0, depth), name].join('/node_modules/')
    const found = depth === 0 ? `node_modules/${name}` : place
    if (Object.hasOwn(packages, found)) return found
  }
  return undefined
}

if (import.meta.main) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  const file = join(root, 'docs', 'sbom', 'trierarch.cdx.json')
  writeFileSync(file, `${JSON.stringify(billOfMaterials(lock), undefined, 2)}\n`)
}
