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
  [
    ResourceSlice,
    'devices with odd counters, policies, nodes and conditions',
    {
      spec: {
        driver: 'd',
        pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
        perDeviceNodeSelection: true,
        devices: [
          {
            name: 'a',
            allNodes: true,
            nodeName: 'n',
            consumesCounters: [{ counterSet: '', counters: {} }],
            capacity: { memory: { value: '1Gi', requestPolicy: { default: '1' } } },
          },
          {
            name: 'b',
            allNodes: true,
            allowMultipleAllocations: true,
            bindingConditions: ['ready', 'ready'],
            bindingFailureConditions: ['ready'],
            capacity: {
              cores: { value: '8', requestPolicy: { default: '3', validValues: ['4', '2', '16'] } },
              memory: {
                value: '10',
                requestPolicy: { default: '3', validRange: { min: '2', max: '7', step: '2' } },
              },
            },
          },
        ],
      },
    },
    [
      'spec.devices[0].capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true',
      'spec.devices[0].consumesCounters[0].counterSet: Required value',
      'spec.devices[0].consumesCounters[0].counters: Required value',
      'spec.devices[0]: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      'spec.devices[1].capacity[cores].requestPolicy.validValues[1]: Invalid value: "2": values must be sorted in ascending order',
      'spec.devices[1].capacity[cores].requestPolicy.validValues[2]: Invalid value: "16": option is larger than capacity value: 8',
      'spec.devices[1].capacity[cores].requestPolicy.validValues: Invalid value: "3": default value is not valid according to the requestPolicy',
      'spec.devices[1].capacity[memory].requestPolicy.validRange.step: Invalid value: "3": value is not a multiple of a given step (2) from (2)',
      'spec.devices[1].capacity[memory].requestPolicy.validRange.step: Invalid value: "7": value is not a multiple of a given step (2) from (2)',
      'spec.devices[1].bindingConditions[1]: Duplicate value: "ready"',
      'spec.devices[1].bindingFailureConditions[0]: Invalid value: "ready": bindingFailureConditions must not overlap with bindingConditions',
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
