/** Which streams an exec or attach has. */
export interface RemoteCommandOptions {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

/**
 * Reads the query of an exec or attach, in the API's names (`stdin=true`) or the kubelet's (`input=1`).
 * A terminal has one output, so `tty` drops stderr, as upstream does.
 * Returns a text for a Bad Request when no stream is asked for.
 */
export function remoteCommandOptions(query: URLSearchParams): RemoteCommandOptions | string {
  const tty = flag(query, 'tty')
  const options = {
    stdin: flag(query, 'stdin', 'input'),
    stdout: flag(query, 'stdout', 'output'),
    stderr: flag(query, 'stderr', 'error') && !tty,
    tty,
  }
  if (options.stdin || options.stdout || options.stderr) return options
  return 'you must specify at least 1 of stdin, stdout, stderr'
}

function flag(query: URLSearchParams, ...names: readonly string[]): boolean {
  return names.some((name) => /^(1|t|true)$/i.test(query.get(name) ?? ''))
}

/** Ports that one legacy WebSocket may forward: two channels each, and channel numbers are bytes. */
const WEBSOCKET_PORTS_MAX = 127

/**
 * Reads the ports of a port-forward over plain WebSocket channels, in the API's name (`ports=80,81`) or the kubelet's
 * (`port=80`). Returns a text for a Bad Request when one is wrong. Other protocols name the port of each connection.
 */
export function portForwardPorts(query: URLSearchParams): readonly number[] | string {
  const values = [...query.getAll('port'), ...query.getAll('ports')]
  if (values.length === 0) return 'query parameter "port" is required'
  if (values.includes('')) return 'query parameter "port" cannot be empty'
  const texts = values.flatMap((value) => value.split(','))
  for (const text of texts) {
    const problem = portProblem(text)
    if (problem) return problem
  }
  if (texts.length > WEBSOCKET_PORTS_MAX)
    return `at most ${WEBSOCKET_PORTS_MAX} ports can be forwarded`
  return texts.map(Number)
}

/** What is wrong with the text of a port number, in the kubelet's words. */
export function portProblem(text: string): string | undefined {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535)
    return `unable to parse ${JSON.stringify(text)} as a port`
  return Number(text) === 0 ? `port ${JSON.stringify(text)} must be > 0` : undefined
}
