import { testCreates, testUpdates } from '../../testing.ts'
import { EndpointSlice } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    EndpointSlice,
    'odd addresses and ports',
    {
      addressType: 'IPv4',
      endpoints: [{ addresses: ['x', '127.0.0.1'] }, { addresses: [] }],
      ports: [{ port: 0, protocol: 'X', name: 'a' }, { name: 'a' }],
    },
    [
      'endpoints[0].addresses[0]: Invalid value: "x": must be a valid IPv4 address',
      'endpoints[0].addresses[1]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'endpoints[1].addresses: Required value: must contain at least 1 address',
      'ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
      'ports[1].name: Duplicate value: "a"',
    ],
  ],
  [
    EndpointSlice,
    'an unknown type',
    { addressType: 'X', endpoints: [] },
    ['addressType: Unsupported value: "X": supported values: "FQDN", "IPv4", "IPv6"'],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    EndpointSlice,
    'another type',
    { addressType: 'IPv6', endpoints: [] },
    { addressType: 'IPv4', endpoints: [] },
    ['addressType: Invalid value: "IPv6": field is immutable'],
  ],
])
