import { testCreates, testUpdates } from '../../testing.ts'
import { StorageVersion } from './index.ts'

const SERVER = { apiServerID: 'a', encodingVersion: 'apps/v1', decodableVersions: ['apps/v1'] }

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    StorageVersion,
    'what servers agree on',
    { status: { storageVersions: [SERVER], commonEncodingVersion: 'apps/v1' } },
    {},
    [],
    'status',
  ],
  [
    StorageVersion,
    'no word of what servers agree on',
    { status: { storageVersions: [SERVER, { ...SERVER, apiServerID: 'A' }] } },
    {},
    [
      'status.storageVersions[1].apiServerID: Invalid value: "A": ' +
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'status.commonEncodingVersion: Invalid value: "null": the common encoding version is apps/v1',
    ],
    'status',
  ],
  [
    StorageVersion,
    'a version that nobody agreed on, and conditions without words',
    {
      status: {
        commonEncodingVersion: 'apps/v1',
        storageVersions: [{ ...SERVER, encodingVersion: 'a/b/c', decodableVersions: [] }, SERVER],
        conditions: [{ type: 'A', status: 'True', reason: 'a', message: 'b' }, { type: 'A' }],
      },
    },
    {},
    [
      'status.storageVersions[0].encodingVersion: Invalid value: "a/b/c": an apiVersion is ' +
        "a DNS-1035 label, which must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyVersion')",
      'status.storageVersions[0].decodableVersions: Invalid value: []: decodableVersions must include encodingVersion a/b/c',
      'status.commonEncodingVersion: Invalid value: "apps/v1": should be nil if servers do not agree on the same encoding version, or if there is no server reporting the supported versions yet',
      'status[1].type: Invalid value: "A": the type of the condition is not unique, it also appears in conditions[0]',
      'status[1].status: Invalid value: "A": name part must be non-empty',
      'status[1].status: Invalid value: "A": name part ' +
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'status[1].reason: Required value: reason cannot be empty',
      'status[1].message: Required value: message cannot be empty',
    ],
    'status',
  ],
])

testCreates([
  [StorageVersion, 'a status, which is dropped', { status: { storageVersions: [{}] } }, []],
])
