import { string } from '../../schema/field.ts'
import { messagesOf } from '../../schema/message.ts'
import { JSON_TYPE } from '../../apimachinery/media-types.ts'
import type { PathItem } from './operation.ts'

const message = messagesOf('io.k8s.apimachinery.pkg.version')

/** What `/version` answers. It has no protobuf form. */
export class Info extends message('What release a server is of, and how it was built.', {
  major: string(0, 'Major version.').required(),
  minor: string(0, 'Minor version.').required(),
  emulationMajor: string(0, 'Major version that the server behaves as.'),
  emulationMinor: string(0, 'Minor version that the server behaves as.'),
  minCompatibilityMajor: string(0, 'Major version that the server is compatible with at least.'),
  minCompatibilityMinor: string(0, 'Minor version that the server is compatible with at least.'),
  gitVersion: string(0, 'The whole version, such as v1.36.0.').required(),
  gitCommit: string(0, 'Commit of the source.').required(),
  gitTreeState: string(0, 'Whether the source was as committed: clean or dirty.').required(),
  buildDate: string(0, 'When the server was built.').required(),
  goVersion: string(0, 'Version of Go.').required(),
  compiler: string(0, 'Compiler.').required(),
  platform: string(0, 'Operating system and architecture.').required(),
}) {}

export const versionInfoPath: PathItem = {
  path: '/version/',
  operations: [
    {
      method: 'get',
      id: 'getCodeVersion',
      description: 'get the version information for this server',
      tag: 'version',
      parameters: [],
      responses: [{ code: 200, schema: Info }],
      produces: [JSON_TYPE],
    },
  ],
}
