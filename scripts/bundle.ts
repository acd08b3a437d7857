import { globSync } from 'node:fs'
import { join } from 'node:path'
import { type CodeSplittingNameFunction, rolldown } from 'rolldown'

const root = join(import.meta.dirname, '..')
const src = (file: string): string => join(root, 'src', file)

const TYPES = globSync('api/*/*/*.ts', { cwd: join(root, 'src') }).filter(
  (file) => !file.endsWith('.test.ts'),
)

/** What is imported from outside: the package's exports, and the files that processes and threads begin with. */
const ENTRIES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['index.ts', 'controller-runtime/index.ts', ...TYPES].map((file) => [
      withoutEnding(file),
      file,
    ]),
  ),
  // Beside the chunks: whoever starts a process or a thread looks for its file next to their own.
  'main.node': 'cmd/main.node.ts',
  'sqlite-worker.node': 'storage/sqlite/sqlite-worker.node.ts',
}

/**
 * What is loaded as a whole. A module that several of these need is in the chunk of what just they have in common, so that
 * nobody loads what they do not need, and all load few files.
 */
const WHOLES: Readonly<Record<string, readonly string[]>> = {
  types: ['controller-runtime/index.ts', ...TYPES],
  operator: ['controller-runtime/operator.node.ts'],
  cluster: ['index.ts'],
  server: ['cmd/control-plane.node.ts'],
  node: ['cmd/node-agent.node.ts'],
  supervisor: ['cmd/supervise.node.ts'],
  command: ['cmd/up.node.ts'],
  store: ['storage/sqlite/sqlite-worker.node.ts'],
}

/** Packages of many small files, which would take longer to find than to run. Their licences go along. */
export const BUNDLED: readonly string[] = ['cborg', 'ipaddr.js', 're2js', 'yaml']

/** Writes the JavaScript of the package, with source maps. */
export async function bundle(directory: string): Promise<void> {
  await using build = await rolldown({
    cwd: root,
    input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, src(file)])),
    platform: 'node',
    preserveEntrySignatures: 'allow-extension',
    external: (id) => !/^[./]/.test(id) && !BUNDLED.some((name) => isOf(name, id)),
    checks: { ineffectiveDynamicImport: false },
  })
  await build.write({
    dir: directory,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    sourcemap: true,
    // OpenAPI tells the names of classes.
    keepNames: true,
    comments: false,
    codeSplitting: {
      groups: [{ debugName: 'wholes', name: wholes(), includeDependenciesRecursively: false }],
    },
  })
}

function withoutEnding(file: string): string {
  return file.replace(/\.ts$/, '')
}

function isOf(name: string, id: string): boolean {
  return id === name || id.startsWith(`${name}/`)
}

/** Names the chunk of a module by what loads it; what is only loaded when it is needed is left to the bundler. */
function wholes(): CodeSplittingNameFunction {
  let loaders: ReadonlyMap<string, readonly string[]> | undefined
  return (module, context) => {
    loaders ??= loadersOf((id) => context.getModuleInfo(id)?.importedIds ?? [])
    return loaders.get(module)?.join('-') ?? null
  }
}

function loadersOf(importsOf: (module: string) => readonly string[]): Map<string, string[]> {
  const loaders = new Map<string, string[]>()
  const load = (whole: string, module: string): void => {
    const known = loaders.get(module) ?? []
    if (known.includes(whole)) return
    loaders.set(module, [...known, whole])
    for (const each of importsOf(module)) load(whole, each)
  }
  for (const [whole, files] of Object.entries(WHOLES))
    for (const file of files) load(whole, src(file))
  return loaders
}
