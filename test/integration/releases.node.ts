import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { output, run, start } from '../e2e/programs.node.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** The source of some release, as it can be run. */
export interface ReleaseTree extends AsyncDisposable {
  /** The program `trierarch`. */
  readonly command: string
  /** `trierarch ARGS`, which must succeed. */
  trierarch(...args: readonly string[]): Promise<string>
  /** A simulated node of this release, as a process of its own. Resolves once it is registered. */
  startNode(kubeconfig: string, name: string): Promise<AsyncDisposable>
}

/** The tags of releases; none where this is no clone. */
export function releaseTags(): readonly string[] {
  try {
    const tags = execFileSync('git', ['tag', '--list', 'v*'], { cwd: ROOT, stdio: 'pipe' })
    return tags.toString().split('\n').filter(Boolean)
  } catch {
    return []
  }
}

/** What is there now. */
export function presentTree(): ReleaseTree {
  return treeAt(ROOT)
}

/** The tree of a tag, on the dependencies of the present one. Disposing removes it. */
export async function tagTree(tag: string): Promise<ReleaseTree> {
  const directory = await mkdtemp(join(tmpdir(), `trierarch-${tag}-`))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const [archive, root] = [join(directory, 'tree.tar'), join(directory, 'tree')]
  await mkdir(root)
  await output(['git', '-C', ROOT, 'archive', `--output=${archive}`, tag])
  await output(['tar', '-xf', archive, '-C', root])
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  const owned = stack.move()
  return { ...treeAt(root), [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function treeAt(root: string): ReleaseTree {
  const command = join(root, 'bin', 'trierarch')
  return {
    command,
    trierarch: (...args) => output([command, ...args]),
    async startNode(kubeconfig, name) {
      const script = join(root, 'test', 'integration', 'release-node.node.ts')
      const node = start([process.execPath, script, kubeconfig, name])
      await eventually(() => {
        if (node.program.exitCode !== null) throw new Error(node.printed())
        return node.printed().includes('ready')
      })
      return {
        async [Symbol.asyncDispose]() {
          node.program.stdin.end()
          await node.ended
        },
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** A data directory of a cluster without nodes, which whatever release runs on it is made to leave at the end. */
export async function dataDirectory(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'trierarch-release-'))
  return {
    path,
    async [Symbol.asyncDispose]() {
      await run([join(ROOT, 'bin', 'trierarch'), 'down', '--data-dir', path])
      await rm(path, { recursive: true, force: true })
    },
  }
}
