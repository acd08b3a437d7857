import type { Method } from '../../grpc/connection.ts'
import { choice, listOf, string } from '../../grpc/proto-fields.ts'
import { message } from '../../grpc/proto3.ts'

/** The process that a container or a sandbox began with; `id` is theirs. */
export class Task extends message({
  id: string(2),
  status: choice(4, ['UNKNOWN', 'CREATED', 'RUNNING', 'STOPPED', 'PAUSED', 'PAUSING']),
}) {}

export class ListTasksRequest extends message({ filter: string(1) }) {}

export class ListTasksResponse extends message({ tasks: listOf(1, Task) }) {}

/** containerd's own tasks service, on the same socket as CRI. */
export const TASKS = {
  list: {
    path: '/containerd.services.tasks.v1.Tasks/List',
    request: ListTasksRequest,
    response: ListTasksResponse,
  } satisfies Method<ListTasksRequest, ListTasksResponse>,
} as const
