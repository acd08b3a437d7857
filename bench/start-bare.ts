import { fork } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BenchCluster } from './cluster.ts'
import type { Target } from './http-client.ts'

/** A server in a process of its own that does nothing but answer. */
export interface Bare extends Disposable {
  readonly target: Target
  readonly pid: number
}

/** Starts a bare server, one of the programs beside this, with the cluster's keys. It answers with `body`. */
export async function startBare(
  program: 'bare-server.ts' | 'bare-watch.ts',
  { dataDir, target: { cert, key } }: BenchCluster,
  body: string | Buffer,
): Promise<Bare> {
  const files = await Promise.all(
    Object.entries({ cert: cert!, key: key!, body }).map(async ([name, content]) => {
      const file = join(dataDir, `bench-${name}`)
      await writeFile(file, content)
      return file
    }),
  )
  const server = fork(join(import.meta.dirname, program), files)
  const port = await new Promise<number>((resolve) =>
    server.once('message', (message) => resolve(message as number)),
  )
  return {
    target: { host: '127.0.0.1', port },
    pid: server.pid!,
    [Symbol.dispose]: () => server.disconnect(),
  }
}
