import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)

// What packing reads of a clone.
const SOURCES = ['bin', 'package.json', 'package-lock.json', 'scripts', 'src', 'tsconfig.json']

/** A folder in which the package is installed as `npm pack` makes it of these sources, with its dependencies alone. */
export interface InstalledPackage extends AsyncDisposable {
  readonly directory: string
}

/** Packs and installs. No registry is asked: the dependencies are those that are installed here. */
export async function installPackage(): Promise<InstalledPackage> {
  const temporary = await mkdtemp(join(tmpdir(), 'trierarch-package-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(temporary, { recursive: true }))
  const archive = await pack(temporary)

  const directory = join(temporary, 'user')
  const modules = join(directory, 'node_modules')
  const own = join(modules, 'trierarch')
  await mkdir(own, { recursive: true })
  await run('tar', ['-xzf', archive, '-C', own, '--strip-components=1'])
  for (const name of await dependenciesOf(own)) await link(name, modules)
  const owned = stack.move()
  return { directory, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Packs a copy: package.json changes while it is packed. */
async function pack(temporary: string): Promise<string> {
  const clone = join(temporary, 'clone')
  for (const name of SOURCES)
    await cp(join(root, name), join(clone, name), { recursive: true, preserveTimestamps: true })
  await symlink(join(root, 'node_modules'), join(clone, 'node_modules'))
  const { stdout } = await run('npm', ['pack', '--json', '--loglevel=error'], { cwd: clone })
  const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }]
  return join(clone, filename)
}

async function dependenciesOf(directory: string): Promise<readonly string[]> {
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
    readonly dependencies: object
    readonly optionalDependencies: object
  }
  return Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
}

async function link(name: string, modules: string): Promise<void> {
  await mkdir(dirname(join(modules, name)), { recursive: true })
  await symlink(join(root, 'node_modules', name), join(modules, name))
}
