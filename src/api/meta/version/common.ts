import { string } from '../../../schema/field.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.apimachinery.pkg.version')

export class Info extends message('Version and build of the server.', {
  major: string(0, 'Major version of the server binary.').required(),
  minor: string(0, 'Minor version of the server binary.').required(),
  emulationMajor: string(0, 'Major version that the server emulates.'),
  emulationMinor: string(0, 'Minor version that the server emulates.'),
  minCompatibilityMajor: string(
    0,
    'Major version of the oldest release the server stays compatible with.',
  ),
  minCompatibilityMinor: string(
    0,
    'Minor version of the oldest release the server stays compatible with.',
  ),
  gitVersion: string(0, 'Full version, such as v1.36.0.').required(),
  gitCommit: string(0, 'Git commit that the server was built from.').required(),
  gitTreeState: string(0, 'Whether the source tree was clean or dirty.').required(),
  buildDate: string(0, 'When the server was built.').required(),
  goVersion: string(0, 'Version of Go used for the build.').required(),
  compiler: string(0, 'Compiler that the server was built with.').required(),
  platform: string(0, 'Operating system and architecture, such as linux/amd64.').required(),
}) {}
