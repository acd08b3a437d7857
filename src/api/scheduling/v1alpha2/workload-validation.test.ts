import { LABEL_RULE, testCreates, testUpdates } from '../../testing.ts'
import { PodGroup, Workload } from './index.ts'

const GANG = { gang: { minCount: 3 } }

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    Workload,
    'no template, and no word of what controls it',
    { spec: { controllerRef: {}, podGroupTemplates: [] } },
    [
      'spec.controllerRef.kind: Required value',
      'spec.controllerRef.name: Required value',
      'spec.podGroupTemplates: Required value: must have at least one item',
    ],
  ],
  [
    Workload,
    'odd templates',
    {
      spec: {
        podGroupTemplates: [
          { name: 'A', schedulingPolicy: {} },
          { name: 'b', schedulingPolicy: { basic: {}, ...GANG } },
          { name: 'c', schedulingPolicy: { gang: { minCount: -1 } }, priority: 2_000_000_000 },
        ],
      },
    },
    [
      `spec.podGroupTemplates[0].name: Invalid value: "A": ${LABEL_RULE}`,
      'spec.podGroupTemplates[0].schedulingPolicy: Invalid value: "": must specify one of: `basic`, `gang`',
      'spec.podGroupTemplates[1].schedulingPolicy: Invalid value: "{`basic`, `gang`}": exactly one of `basic`, `gang` is required, but multiple fields are set',
      'spec.podGroupTemplates[2].schedulingPolicy.gang.minCount: Invalid value: -1: must be greater than zero',
      'spec.podGroupTemplates[2].priority: Invalid value: 2000000000: must be between -2147483648 and 1000000000, inclusive',
    ],
  ],
  [
    PodGroup,
    'a claim from two sources',
    {
      spec: {
        schedulingPolicy: GANG,
        resourceClaims: [
          { name: 'gpu', resourceClaimName: 'a', resourceClaimTemplateName: 'b' },
          { name: 'nic' },
        ],
      },
    },
    [
      'spec.resourceClaims[0]: Invalid value: "{`resourceClaimName`, `resourceClaimTemplateName`}": exactly one of `resourceClaimName`, `resourceClaimTemplateName` is required, but multiple fields are set',
      'spec.resourceClaims[1]: Invalid value: "": must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
    ],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    PodGroup,
    'another priority',
    { spec: { schedulingPolicy: GANG, priority: 5 } },
    { spec: { schedulingPolicy: GANG, priority: 4 } },
    ['spec.priority: Invalid value: 5: field is immutable'],
  ],
  [
    Workload,
    'a controller at last',
    { spec: { controllerRef: { kind: 'Job', name: 'a' }, podGroupTemplates: [] } },
    { spec: { podGroupTemplates: [] } },
    [],
  ],
])
