import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Access } from '../rest.node.ts'

/** All that a server sends over a WebSocket until it closes it, empty messages left out. */
export async function webSocketMessages(
  { server, agent }: Access,
  path: string,
  protocol: string,
): Promise<readonly Buffer[]> {
  const socket = new WebSocket(`${server}${path}`.replace('https', 'wss'), protocol, { agent })
  const messages: Buffer[] = []
  socket.on('message', (data: Buffer) => messages.push(data))
  await once(socket, 'close')
  return messages.filter(({ length }) => length > 0)
}
