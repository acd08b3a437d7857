import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ask1, type Answer, type Ask } from '../../src/serving/testing.node.ts'
import { output, run } from '../e2e/programs.node.ts'

const TRIERARCH = join(import.meta.dirname, '..', '..', 'bin', 'trierarch')

/** A cluster as `up` starts it, with simulated nodes, which need no root. */
export interface DefaultStart extends AsyncDisposable {
  readonly dataDir: string
  readonly port: number
  /** The processes that run it. */
  readonly pids: readonly number[]
  /** Asks as the admin, or as nobody. */
  ask(path: string, sent?: Ask & { readonly isAnonymous?: boolean }): Promise<Answer>
}

interface RunState {
  readonly server: string
  readonly supervisor: { readonly pid: number }
  readonly controlPlane: { readonly pid: number }
}

export async function defaultStart(): Promise<DefaultStart> {
  await using stack = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'trierarch-security-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  stack.defer(async () => {
    await run([TRIERARCH, 'down', `--data-dir=${dataDir}`])
  })
  const flags = ['--detach', '--listen=127.0.0.1:0', '--node=simulated', `--data-dir=${dataDir}`]
  await output([TRIERARCH, 'up', ...flags], { env: { HOME: dataDir } })
  const text = (name: string): Promise<string> => readFile(join(dataDir, name), 'utf8')
  const { server, supervisor, controlPlane } = JSON.parse(await text('run.json')) as RunState
  const port = Number(new URL(server).port)
  const admin = { cert: await text('pki/admin.crt'), key: await text('pki/admin.key') }
  const owned = stack.move()
  return {
    dataDir,
    port,
    pids: [supervisor.pid, controlPlane.pid],
    ask: (path, { isAnonymous = false, ...sent } = {}) =>
      ask1(port, path, { ...sent, ...(isAnonymous ? {} : admin) }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
