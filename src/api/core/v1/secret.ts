import { bool, mapOf, string } from '../../../schema/field.ts'
import { resource } from './group.ts'

export class Secret extends resource(
  'Sensitive data, up to 1 MiB, that Pods can read as files or environment variables.',
  { plural: 'secrets', namespaced: true },
  {
    immutable: bool(
      5,
      'When true, the data can no longer change; only the metadata can. Defaults to false.',
    ).pointer(),
    data: mapOf('bytes', 2, 'Values by key, base64-encoded in JSON.'),
    stringData: mapOf(
      'string',
      4,
      'Text values by key, merged over data on write and never returned on read.',
    ),
    type: string(
      3,
      'Tells programs what the data is for. Cannot change. Defaults to Opaque.',
    ).default('Opaque'),
  },
) {}
