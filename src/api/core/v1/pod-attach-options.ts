import { bool, string } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { message } from './group.ts'

export class PodAttachOptions extends message(
  'Query options for attaching to a running container.',
  {
    ...typeMeta,
    stdin: bool(1, 'Whether to connect stdin. Defaults to false.'),
    stdout: bool(2, 'Whether to connect stdout. Defaults to true.'),
    stderr: bool(3, 'Whether to connect stderr. Defaults to true.'),
    tty: bool(4, 'Whether the call uses a terminal. Defaults to false.'),
    container: string(5, 'Container to attach to. May be unset when the Pod has only one.'),
  },
) {}
