import type { Method } from '../../grpc/connection.ts'
import { bytes, ref, string, strings, uint32 } from '../../grpc/proto-fields.ts'
import { message } from '../../grpc/proto3.ts'

/** A message with the name of its type (google.protobuf.Any). */
export class Any extends message({
  typeUrl: string(1),
  value: bytes(2),
}) {}

export class SubscribeRequest extends message({ filters: strings(1) }) {}

export class PublishRequest extends message({
  topic: string(1),
  event: ref(2, Any),
}) {}

export class PublishResponse extends message({}) {}

export class Envelope extends message({
  namespace: string(2),
  topic: string(3),
  event: ref(4, Any),
}) {}

/** Topic /tasks/oom. */
export class TaskOom extends message({ containerId: string(1) }) {}

/** Topic /tasks/exit: of the container where `id` is the container's, else of a command executed in it. */
export class TaskExit extends message({
  containerId: string(1),
  id: string(2),
  pid: uint32(3),
  exitStatus: uint32(4),
}) {}

/** Topic /containers/delete. */
export class ContainerDelete extends message({ id: string(1) }) {}

/** containerd's own events service, on the same socket as CRI. */
export const EVENTS = {
  subscribe: {
    path: '/containerd.services.events.v1.Events/Subscribe',
    request: SubscribeRequest,
    response: Envelope,
  } satisfies Method<SubscribeRequest, Envelope>,
  publish: {
    path: '/containerd.services.events.v1.Events/Publish',
    request: PublishRequest,
    response: PublishResponse,
  } satisfies Method<PublishRequest, PublishResponse>,
} as const
