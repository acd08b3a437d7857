/** The gRPC status codes in the order of their numbers, spelt as Go spells them. */
export const GRPC_CODES = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
] as const

export type GrpcCode = (typeof GRPC_CODES)[number]

/** What a server answered instead of a result. Its text is the one that upstream's kubelet puts in events. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError'
  readonly code: GrpcCode
  /** The method that failed, such as `RunPodSandbox`. */
  readonly method: string
  /** The server's own words, without the code. */
  readonly details: string

  constructor(method: string, code: GrpcCode, details: string) {
    super(`rpc error: code = ${code} desc = ${details}`)
    this.code = code
    this.method = method
    this.details = details
  }
}

function has(code: GrpcCode): (error: unknown) => error is GrpcError {
  return (error): error is GrpcError => error instanceof GrpcError && error.code === code
}

/** There is nothing of that name. */
export const isNotFound = has('NotFound')
/** The server does not know this method. */
export const isUnimplemented = has('Unimplemented')
/** The call's deadline passed; the server may or may not have done it. */
export const isDeadlineExceeded = has('DeadlineExceeded')
