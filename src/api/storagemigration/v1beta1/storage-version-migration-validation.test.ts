import { testCreates, testUpdates } from '../../testing.ts'
import { StorageVersionMigration } from './index.ts'

const SECRETS = { spec: { resource: { group: '', resource: 'secrets' } } }

function conditions(...types: readonly string[]): readonly object[] {
  return types.map((type) => ({
    type,
    status: 'True',
    reason: 'Because',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }))
}

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    StorageVersionMigration,
    'no resource',
    { spec: {} },
    ['spec.resource.resource: Required value: resource is required'],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    StorageVersionMigration,
    'another resource',
    { spec: { resource: { group: 'apps', resource: 'deployments' } } },
    SECRETS,
    [
      'group: Invalid value: "apps": field is immutable',
      'resource: Invalid value: "deployments": field is immutable',
    ],
  ],
  [
    StorageVersionMigration,
    'a version that is no number, success, failure and a run at once',
    {
      ...SECRETS,
      status: { resourceVersion: 'x', conditions: conditions('Succeeded', 'Failed', 'Running') },
    },
    { ...SECRETS, status: { resourceVersion: '5' } },
    [
      'status.resourceVersion: Invalid value: "x": failed to parse resource version "x": strconv.ParseInt: parsing "x": invalid syntax',
      'status.resourceVersion: Invalid value: "x": cannot be updated',
      ...[
        'Both success and failed conditions cannot be true at the same time',
        'Running condition cannot be true when success condition is true',
        'Running condition cannot be true when failed condition is true',
      ].map((text) => `status.conditions: Invalid value: ${shown()}: ${text}`),
    ],
    'status',
  ],
  [
    StorageVersionMigration,
    'no success after all',
    SECRETS,
    { ...SECRETS, status: { conditions: conditions('Succeeded') } },
    [
      'status.conditions: Invalid value: []: Success condition cannot be set to false once it is true',
    ],
    'status',
  ],
])

function shown(): string {
  return JSON.stringify(conditions('Succeeded', 'Failed', 'Running'))
}
