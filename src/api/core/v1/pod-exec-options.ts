import { bool, listOf, string } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { message } from './group.ts'

export class PodExecOptions extends message('Query options for running a command in a container.', {
  ...typeMeta,
  stdin: bool(1, 'Whether to connect stdin. Defaults to false.'),
  stdout: bool(2, 'Whether to connect stdout of the command.'),
  stderr: bool(3, 'Whether to connect stderr of the command.'),
  tty: bool(4, 'Whether to allocate a terminal for the command. Defaults to false.'),
  container: string(5, 'Container to run in. May be unset when the Pod has only one.'),
  command: listOf('string', 6, 'Command and arguments to run, without a shell.')
    .atomic()
    .required(),
}) {}
