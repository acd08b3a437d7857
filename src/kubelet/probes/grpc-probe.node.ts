import { connect as connectHttp2, constants } from 'node:http2'
import { isIPv6 } from 'node:net'
import { quote } from '../../apimachinery/go-format.ts'
import { formatDuration } from '../../apimachinery/durations.ts'
import { grpcFrame, frameParser } from '../../grpc/grpc-frames.ts'
import { message } from '../../grpc/proto3.ts'
import { choice, string } from '../../grpc/proto-fields.ts'
import { GRPC_CODES } from '../../grpc/errors.ts'
import type { GrpcHealth } from './probers.ts'

class HealthCheckRequest extends message({ service: string(1) }) {}
class HealthCheckResponse extends message({
  status: choice(1, ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']),
}) {}

const UNAVAILABLE = GRPC_CODES.indexOf('Unavailable')
const MESSAGE_BYTES_MAX = 64 * 1024

/** Asks a gRPC server how it is (https://github.com/grpc/grpc/blob/master/doc/health-checking.md), without TLS. */
export async function grpcHealth(
  host: string,
  port: number,
  service: string,
  timeoutMs: number,
): Promise<GrpcHealth> {
  const address = isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
  const limit = formatDuration(timeoutMs)
  const { promise, resolve } = Promise.withResolvers<GrpcHealth>()
  const session = connectHttp2(`http://${address}`)
  let isConnected = false
  const timer = setTimeout(() => {
    const error = isConnected
      ? `timeout: health rpc did not complete within ${limit}`
      : `timeout: failed to connect service ${quote(address)} within ${limit}: context deadline exceeded`
    resolve({ error })
  }, timeoutMs)
  session.once('connect', () => (isConnected = true))
  session.once('error', (cause) => {
    const error = `timeout: failed to connect service ${quote(address)} within ${limit}: ${cause.message}`
    resolve({ error })
  })
  const stream = session.request({
    ':method': constants.HTTP2_METHOD_POST,
    ':path': '/grpc.health.v1.Health/Check',
    'content-type': 'application/grpc',
    'user-agent': 'kube-probe/1.36',
    te: 'trailers',
  })
  let code = 0
  let words = ''
  let answer: GrpcHealth | undefined
  const note = (headers: Readonly<Record<string, unknown>>): void => {
    code = Number(headers['grpc-status'] ?? code)
    words = (headers['grpc-message'] as string | undefined) ?? words
  }
  const parser = frameParser(MESSAGE_BYTES_MAX)
  stream.on('response', note)
  stream.on('trailers', note)
  stream.on('error', () => undefined) // The session's error, or the close, tells.
  stream.on('data', (chunk: Buffer) => {
    for (const frame of parser.push(chunk)) answer ??= HealthCheckResponse.decode(frame)
  })
  stream.once('close', () => {
    if (code === 0 && answer) resolve(answer)
    else if (code !== 0) resolve({ error: failure(code, words) })
    else if (isConnected) resolve({ error: failure(UNAVAILABLE, 'error reading from server: EOF') })
  })
  stream.end(grpcFrame(HealthCheckRequest.encode({ service })))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    session.destroy()
  }
}

function failure(code: number, words: string): string {
  const name = GRPC_CODES[code] ?? 'Unknown'
  const details = decodeURIComponent(words)
  if (name === 'Unimplemented')
    return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${details}`
  return `error: health rpc probe failed: rpc error: code = ${name} desc = ${details}`
}
