import { testCreates } from '../../testing.ts'
import { Event } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    Event,
    'an object elsewhere, no time and an unknown type',
    { metadata: { name: 'x', namespace: 'a' }, regarding: { namespace: 'b' }, type: 'X' },
    [
      'involvedObject.namespace: Invalid value: "b": does not match event.namespace',
      'eventTime: Required value',
      'type: Invalid value: "": has invalid value: X',
    ],
  ],
  [
    Event,
    'no action',
    {
      metadata: { name: 'x', namespace: 'a' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'a.b/c',
      reportingInstance: 'i',
      reason: 'r',
      type: 'Normal',
      regarding: { namespace: 'a' },
    },
    ['action: Required value'],
  ],
])
