import { GRPC_CODES, GrpcError } from './errors.ts'

const DIGITS_MAX = 8 // As many as the header may have.

/** The value of the header `grpc-timeout`, rounded up to what it can say. */
export function grpcTimeout(ms: number): string {
  const whole = Math.max(1, Math.ceil(ms))
  return String(whole).length <= DIGITS_MAX ? `${whole}m` : `${Math.ceil(whole / 1000)}S`
}

/** A stream's headers or trailers, by name. */
export type Headers = Readonly<Record<string, string | number | readonly string[] | undefined>>

/** What the last headers of a call say: undefined where it went well. */
export function grpcError(method: string, headers: Headers): GrpcError | undefined {
  const status = headers['grpc-status']
  if (status === undefined) return withoutStatus(method, headers)
  if (Number(status) === 0) return undefined
  const message = decodeMessage(String(headers['grpc-message'] ?? ''))
  return new GrpcError(method, GRPC_CODES[Number(status)] ?? 'Unknown', message)
}

function withoutStatus(method: string, headers: Headers): GrpcError {
  const http = headers[':status']
  if (http !== undefined && http !== 200) {
    return new GrpcError(
      method,
      'Unknown',
      `unexpected HTTP status code received from server: ${String(http)}`,
    )
  }
  return new GrpcError(method, 'Unavailable', 'connection error: closed before the call had ended')
}

// UTF-8 with percent signs, which a server may also have forgotten to write.
function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
