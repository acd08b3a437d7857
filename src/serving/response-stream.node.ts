import type { Writable } from 'node:stream'
import { BLOCK_BYTES, blocks } from './blocks.ts'
import { bodyLength, type ResponseBody, type ResponseStream } from './exchange.ts'

/** Sends bit by bit through a response whose head has been sent. Writes of one turn leave together. */
export function responseStream(target: Writable): ResponseStream {
  let corked = false
  const uncork = (): void => {
    corked = false
    target.uncork()
  }
  return {
    write(bytes) {
      if (target.destroyed || target.writableEnded) return false
      if (!corked) {
        corked = true
        target.cork()
        process.nextTick(uncork)
      }
      return target.write(bytes)
    },
    drained: () => drained(target),
    get bufferedBytes() {
      return target.writableLength
    },
    end: () => void target.end(),
    destroy: () => breakOff(target),
  }
}

/** Sends a whole body through a response whose head has been sent, no faster than the client takes it. */
export function sendBody(target: Writable, body: ResponseBody): void {
  if (bodyLength(body) <= BLOCK_BYTES)
    target.end(body instanceof Uint8Array ? body : Buffer.concat(body))
  else void sendBlocks(target, body)
}

/** Closes a response that is not whole; without an error an HTTP/2 stream would end as if it were. */
export function breakOff(target: Writable): void {
  target.destroy(new Error('the response was broken off'))
}

async function sendBlocks(target: Writable, body: ResponseBody): Promise<void> {
  for (const block of blocks(body)) {
    if (target.destroyed) return
    if (!target.write(block)) await drained(target)
  }
  target.end()
}

function drained(target: Writable): Promise<void> {
  if (target.destroyed || !target.writableNeedDrain) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      target.off('drain', done).off('close', done)
      resolve()
    }
    target.on('drain', done).on('close', done)
  })
}
