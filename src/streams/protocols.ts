/** What kubectl asks for in `X-Stream-Protocol-Version`, or as a WebSocket subprotocol. */
export const REMOTE_COMMAND_V1 = 'channel.k8s.io'
const REMOTE_COMMAND_V2 = 'v2.channel.k8s.io'
const REMOTE_COMMAND_V3 = 'v3.channel.k8s.io' // Adds the resizing of terminals.
const REMOTE_COMMAND_V4 = 'v4.channel.k8s.io' // Adds exit codes: the error stream carries a Status.
export const REMOTE_COMMAND_V5 = 'v5.channel.k8s.io' // Adds, for WebSocket, the end of stdin (KEP-4006).
export const REMOTE_COMMAND_V1_BASE64 = 'base64.channel.k8s.io'
export const REMOTE_COMMAND_V4_BASE64 = 'v4.base64.channel.k8s.io'
const PORT_FORWARD_V1 = 'portforward.k8s.io'
/** SPDY/3.1 as the binary messages of a WebSocket (KEP-4006). */
export const PORT_FORWARD_TUNNEL = `SPDY/3.1+${PORT_FORWARD_V1}`

export const SPDY_REMOTE_COMMAND_PROTOCOLS: readonly string[] = [
  REMOTE_COMMAND_V4,
  REMOTE_COMMAND_V3,
  REMOTE_COMMAND_V2,
  REMOTE_COMMAND_V1,
]

/** The empty name stands for clients that ask for no subprotocol. */
export const WEBSOCKET_REMOTE_COMMAND_PROTOCOLS: readonly string[] = [
  REMOTE_COMMAND_V5,
  REMOTE_COMMAND_V4,
  REMOTE_COMMAND_V4_BASE64,
  REMOTE_COMMAND_V1,
  REMOTE_COMMAND_V1_BASE64,
  '',
]

export const SPDY_PORT_FORWARD_PROTOCOLS: readonly string[] = [PORT_FORWARD_V1]

export const WEBSOCKET_PORT_FORWARD_PROTOCOLS: readonly string[] = [
  PORT_FORWARD_TUNNEL,
  REMOTE_COMMAND_V4,
  REMOTE_COMMAND_V4_BASE64,
  '',
]

/** WebSocket channels of exec and attach; the first three are file descriptors. */
export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

/** Names in a header that may be given several times, each time with several names. */
export function headerNames(values: string | readonly string[] | undefined): readonly string[] {
  const lines = typeof values === 'string' ? [values] : (values ?? [])
  return lines
    .flatMap((line) => line.split(',').map((name) => name.trim()))
    .filter((name) => name !== '')
}

/** The first name of the client that the server knows, too. */
export function negotiate(
  client: readonly string[],
  server: readonly string[],
): string | undefined {
  return client.find((name) => server.includes(name))
}

/** Whether the error stream carries a Status; before version 4 it carries a message, or nothing on success. */
export function carriesStatus(protocol: string): boolean {
  return /^v[45]\./.test(protocol)
}

/** Whether a terminal has a stream for its size (over SPDY; WebSockets always have the channel). */
export function carriesResize(protocol: string): boolean {
  return protocol === REMOTE_COMMAND_V3 || carriesStatus(protocol)
}
