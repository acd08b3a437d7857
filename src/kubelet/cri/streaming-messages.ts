import { bool, bytes, int32, integers, string, strings } from '../../grpc/proto-fields.ts'
import { message } from '../../grpc/proto3.ts'

export class ExecSyncRequest extends message({
  containerId: string(1),
  cmd: strings(2),
  /** Seconds before the command is killed; 0 for never. */
  timeout: int32(3),
}) {}

export class ExecSyncResponse extends message({
  stdout: bytes(1),
  stderr: bytes(2),
  exitCode: int32(3),
}) {}

/** With a TTY there is no `stderr` of its own. */
export class ExecRequest extends message({
  containerId: string(1),
  cmd: strings(2),
  tty: bool(3),
  stdin: bool(4),
  stdout: bool(5),
  stderr: bool(6),
}) {}

/** With a TTY there is no `stderr` of its own. */
export class AttachRequest extends message({
  containerId: string(1),
  stdin: bool(2),
  tty: bool(3),
  stdout: bool(4),
  stderr: bool(5),
}) {}

export class PortForwardRequest extends message({
  podSandboxId: string(1),
  port: integers(2),
}) {}

/** Where the runtime serves the stream that was asked for. */
export class StreamingResponse extends message({ url: string(1) }) {}
