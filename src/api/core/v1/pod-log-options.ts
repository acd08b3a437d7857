import { bool, int64, string, time } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { message } from './group.ts'

export class PodLogOptions extends message('Query options for reading the log of a container.', {
  ...typeMeta,
  container: string(1, 'Container to read. May be unset when the Pod has only one.'),
  follow: bool(2, 'Keeps streaming new lines when true. Defaults to false.'),
  previous: bool(3, 'Reads the log of the previous, ended run. Defaults to false.'),
  sinceSeconds: int64(4, 'Only lines of the last so many seconds. Excludes sinceTime.').pointer(),
  sinceTime: time(5, 'Only lines since this time. Excludes sinceSeconds.').pointer(),
  timestamps: bool(6, 'Puts an RFC 3339 timestamp before each line. Defaults to false.'),
  tailLines: int64(
    7,
    'Only so many lines from the end. Unset starts at the beginning or at the since time.',
  ).pointer(),
  limitBytes: int64(8, 'Stops after so many bytes. Unset means no limit.').pointer(),
  insecureSkipTLSVerifyBackend: bool(
    9,
    'Skips verifying the certificate of the kubelet; the log could then be forged. Defaults to false.',
  ),
  stream: string(10, 'Which stream to return: All, Stdout or Stderr. Defaults to All.').pointer(),
}) {}
