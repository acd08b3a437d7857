import type { AddressInfo, Server } from 'node:net'
import { hostAndPort } from '../base/host-and-port.ts'

const PORT_TRIES_MAX = 20

export type ListenProblem = 'in-use' | 'not-available' | 'forbidden' | 'other'

/** An address cannot be listened on. The message is one sentence for the user. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  readonly problem: ListenProblem
  readonly host: string
  readonly port: number

  constructor(host: string, port: number, code: string | undefined) {
    super(`Cannot listen on ${hostAndPort(host, port)}: ${reason(code)}`)
    this.problem = PROBLEMS[code ?? ''] ?? 'other'
    this.host = host
    this.port = port
  }
}

/** Starts to listen and gives the port, which the system picks for 0. Throws `ListenError`. */
function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('listening', onListening)
      reject(new ListenError(host, port, error.code))
    }
    const onListening = (): void => {
      server.off('error', onError)
      resolve((server.address() as AddressInfo).port)
    }
    server.once('error', onError).once('listening', onListening)
    server.listen({ host, port })
  })
}

/**
 * Listens on one port of several hosts, with a server for each. With port 0 the system picks one for the first host;
 * where another host has it in use already, a new one is tried. Throws `ListenError`, and then listens nowhere.
 */
export async function listenOnAll<T extends Server>(
  hosts: readonly string[],
  port: number,
  createServer: () => T,
): Promise<{ readonly port: number; readonly servers: readonly T[] }> {
  for (let tries = 1; ; tries++) {
    try {
      return await listenOnEach(hosts, port, createServer)
    } catch (error) {
      const isUnlucky = port === 0 && error instanceof ListenError && error.problem === 'in-use'
      if (!isUnlucky || tries === PORT_TRIES_MAX) throw error
    }
  }
}

async function listenOnEach<T extends Server>(
  hosts: readonly string[],
  wanted: number,
  createServer: () => T,
): Promise<{ readonly port: number; readonly servers: readonly T[] }> {
  const servers: T[] = []
  let port = wanted
  try {
    for (const host of hosts) {
      const server = createServer()
      port = await listen(server, host, port)
      servers.push(server)
    }
    return { port, servers }
  } catch (error) {
    for (const server of servers) server.close()
    throw error
  }
}

const PROBLEMS: Readonly<Record<string, ListenProblem>> = {
  EADDRINUSE: 'in-use',
  EADDRNOTAVAIL: 'not-available',
  EACCES: 'forbidden',
}

function reason(code: string | undefined): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'the port is used by another process'
    case 'EADDRNOTAVAIL':
      return 'this machine does not have the address'
    case 'EACCES':
      return 'ports below 1024 need root'
    case 'ENOTFOUND':
      return 'the host name is not known'
    default:
      return `the system refuses (${code ?? 'unknown'})`
  }
}
