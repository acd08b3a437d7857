// The load generator, a process of its own so that it does not share a thread with what it measures.
// Gets one Load as a message and answers with one LoadResult.
import { Connection, type Target } from './http-client.ts'

export interface Load {
  readonly target: Target
  readonly connections: number
  readonly seconds: number
  /** How long the same requests are made before it counts: a server that was just started still compiles. */
  readonly warmUpSeconds: number
  readonly method: string
  /** `{n}` is replaced by a number that no other request has. */
  readonly path: string
  readonly body?: string
  /** Sets apart the numbers of one run from those of another. */
  readonly prefix: string
}

export interface LoadResult {
  readonly requests: number
  readonly errors: number
  readonly seconds: number
  readonly bytes: number
  /** In milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Of one core, by this process itself. */
  readonly clientCpu: number
}

process.once('message', (load: Load) => {
  run(load).then(
    (result) => {
      process.send?.(result)
      process.disconnect?.()
    },
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})

async function run(load: Load): Promise<LoadResult> {
  const connections = await Promise.all(
    Array.from({ length: load.connections }, () => Connection.open(load.target)),
  )
  let latencies: number[] = []
  let [errors, bytes, number] = [0, 0, 0]

  const loop = async (connection: Connection, end: number): Promise<void> => {
    while (performance.now() < end) {
      const id = `${load.prefix}-${(number += 1)}`
      const sent = performance.now()
      const { status, body } = await connection.send(
        load.method,
        load.path.replace('{n}', id),
        load.body?.replace('{n}', id),
      )
      latencies.push(performance.now() - sent)
      bytes += body.length
      if (status >= 300) errors += 1
    }
  }
  const runFor = (seconds: number): Promise<unknown> => {
    const end = performance.now() + seconds * 1000
    return Promise.all(connections.map((connection) => loop(connection, end)))
  }
  await runFor(load.warmUpSeconds)
  latencies = []
  bytes = 0
  const cpu = process.cpuUsage()
  const start = performance.now()
  await runFor(load.seconds)
  const seconds = (performance.now() - start) / 1000
  const used = process.cpuUsage(cpu)
  for (const connection of connections) connection.close()

  latencies.sort((a, b) => a - b)
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  const clientCpu = (used.user + used.system) / 1e6 / seconds
  return {
    requests: latencies.length,
    errors,
    seconds,
    bytes,
    p50: at(0.5),
    p99: at(0.99),
    clientCpu,
  }
}
