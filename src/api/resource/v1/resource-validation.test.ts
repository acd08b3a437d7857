import { LABEL_RULE, testCreates, testUpdates } from '../../testing.ts'
import { ResourceClaim, ResourceSlice } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    ResourceClaim,
    'odd requests',
    {
      spec: {
        devices: {
          requests: [{ name: 'a' }, { name: 'a', exactly: { deviceClassName: 'x', count: -1 } }],
          constraints: [{ requests: ['b'], matchAttribute: 'x' }],
          config: [{}],
        },
      },
    },
    [
      'spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
      'spec.devices.requests[1].exactly.count: Invalid value: -1: must be greater than zero',
      'spec.devices.requests[1]: Duplicate value: "a"',
      `spec.devices.constraints[0].requests[0]: Invalid value: "b": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
      'spec.devices.constraints[0].matchAttribute: Invalid value: "x": must include a domain',
      'spec.devices.config[0].opaque: Required value',
    ],
  ],
  [
    ResourceSlice,
    'odd devices',
    {
      spec: {
        driver: 'd',
        pool: { name: '', generation: -1, resourceSliceCount: 0 },
        nodeName: 'n',
        allNodes: true,
        devices: [{ name: 'A', attributes: { 'x/y': {}, v: { version: '1', string: 'a' } } }],
      },
    },
    [
      'spec.pool.name: Required value',
      'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
      'spec.pool.generation: Invalid value: -1: must be greater than or equal to zero',
      'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
      `spec.devices[0].name: Invalid value: "A": ${LABEL_RULE}`,
      'spec.devices[0].attributes[x/y]: Required value: exactly one value must be specified',
      'spec.devices[0].attributes[v]: Invalid value: {"version":"1","string":"a"}: exactly one value must be specified',
      'spec.devices[0].attributes[v].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0',
    ],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    ResourceClaim,
    'another request',
    { spec: { devices: { requests: [{ name: 'a', exactly: { deviceClassName: 'x' } }] } } },
    { spec: { devices: { requests: [{ name: 'a', exactly: { deviceClassName: 'y' } }] } } },
    [
      'spec: Invalid value: {"devices":{"requests":[{"name":"a","exactly":{"deviceClassName":"x","allocationMode":"ExactCount","count":1}}]}}: field is immutable',
    ],
  ],
  [
    ResourceClaim,
    'users before it is allocated',
    {
      spec: { devices: { requests: [] } },
      status: { reservedFor: [{ resource: 'pods', name: '', uid: 'u' }] },
    },
    { spec: { devices: { requests: [] } } },
    [
      'status.reservedFor[0].name: Required value',
      'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
    ],
    'status',
  ],
])
