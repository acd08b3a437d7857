import { bool, mapOf } from '../../../schema/field.ts'
import { resource } from './group.ts'

export class ConfigMap extends resource(
  'Configuration data that Pods can read as files or environment variables.',
  { plural: 'configmaps', shortNames: ['cm'], namespaced: true },
  {
    immutable: bool(
      4,
      'When true, the data can no longer change; only the metadata can. Defaults to false.',
    ).pointer(),
    data: mapOf('string', 2, 'Text values by key. Keys must not also occur in binaryData.'),
    binaryData: mapOf(
      'bytes',
      3,
      'Binary values by key, base64-encoded in JSON. Keys must not also occur in data.',
    ),
  },
) {}
