import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** Writes the type declarations of the package: those of its exports, and of what they mention. */
export function declarations(directory: string): void {
  const all = mkdtempSync(join(tmpdir(), 'trierarch-types-'))
  try {
    const tsc = join(root, 'node_modules', '.bin', 'tsc')
    const project = join(import.meta.dirname, 'tsconfig.declarations.json')
    const { status } = spawnSync(tsc, ['-p', project, '--outDir', all], {
      stdio: ['ignore', 2, 'inherit'],
    })
    if (status !== 0) throw new Error('Cannot make type declarations: see the errors of tsc above.')
    const exported = ['index.d.ts', 'controller-runtime/index.d.ts', 'api/*/*/*.d.ts']
    for (const file of withMentioned(all, globSync(exported, { cwd: all })))
      cpSync(join(all, file), join(directory, file))
  } finally {
    rmSync(all, { recursive: true })
  }
}

function withMentioned(directory: string, files: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>()
  const find = (file: string): void => {
    if (found.has(file)) return
    found.add(file)
    const text = readFileSync(join(directory, file), 'utf8')
    for (const [, path = ''] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.ts['"]/g))
      find(join(dirname(file), `${path}.d.ts`))
  }
  files.forEach(find)
  return found
}
