import { DNS1035_RULE, testCreates, testUpdates } from '../../testing.ts'
import { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    Deployment,
    'nothing wrong',
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
      },
    },
    [],
  ],
  [
    Deployment,
    'an empty selector, an unknown strategy and no time',
    {
      spec: {
        selector: {},
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
        replicas: -1,
        strategy: { type: 'X' },
        minReadySeconds: 600,
      },
    },
    [
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
      'spec.strategy: Unsupported value: {"type":"X"}: supported values: "Recreate", "RollingUpdate"',
      'spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds',
    ],
  ],
  [
    Deployment,
    'Pods that it does not select, that end, and no progress',
    {
      spec: {
        selector: { matchLabels: { a: 'c' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: {
            containers: [{ name: 'a', image: 'i' }],
            restartPolicy: 'Never',
            activeDeadlineSeconds: 3,
          },
        },
        strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } },
        progressDeadlineSeconds: 0,
      },
    },
    [
      'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`',
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
      'spec.progressDeadlineSeconds: Invalid value: 0: must be greater than minReadySeconds',
    ],
  ],
  [
    Deployment,
    'a rolling update while recreating',
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
        strategy: { type: 'Recreate', rollingUpdate: {} },
      },
    },
    [
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
  ],
  [
    Deployment,
    'odd steps',
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
        strategy: { rollingUpdate: { maxSurge: 'x', maxUnavailable: '101%' } },
      },
    },
    [
      `spec.strategy.rollingUpdate.maxSurge: Invalid value: "x": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
  ],
  [
    ReplicaSet,
    'no template',
    { spec: { selector: { matchLabels: { a: 'b' } } } },
    [
      'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
      'spec.template.spec.containers: Required value',
    ],
  ],
  [
    StatefulSet,
    'unknown values',
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'c' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
        serviceName: 'A',
        podManagementPolicy: 'X',
        updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } },
      },
    },
    [
      `spec.podManagementPolicy: Invalid value: "X": must be 'OrderedReady' or 'Parallel'`,
      `spec.updateStrategy.rollingUpdate: Invalid value: {"partition":1}: only allowed for updateStrategy 'RollingUpdate'`,
      'spec.template.metadata.labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`',
      `spec.serviceName: Invalid value: "A": ${DNS1035_RULE}`,
    ],
  ],
  [
    DaemonSet,
    'steps both ways',
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
        updateStrategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: 1, maxUnavailable: 1 },
        },
      },
    },
    [
      'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
    ],
  ],
  [
    ControllerRevision,
    'nothing in it',
    { revision: -1 },
    [
      'data: Required value: data is mandatory',
      'revision: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    Deployment,
    'another selector',
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
      },
    },
    {
      spec: {
        selector: { matchLabels: { a: 'c' } },
        template: {
          metadata: { labels: { a: 'c' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
      },
    },
    ['spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable'],
  ],
  [
    Deployment,
    'counts that do not add up',
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
      },
      status: { replicas: 1, readyReplicas: 2, availableReplicas: 3, collisionCount: 1 },
    },
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
      },
      status: { collisionCount: 2 },
    },
    [
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ],
    'status',
  ],
  [
    ReplicaSet,
    'counts that do not add up',
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
      },
      status: { replicas: 1, fullyLabeledReplicas: 2, readyReplicas: 1, availableReplicas: -1 },
    },
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
      },
    },
    [
      'status.availableReplicas: Invalid value: -1: must be greater than or equal to 0',
      'status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas',
    ],
    'status',
  ],
  [
    StatefulSet,
    'another service',
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
        serviceName: 'b',
      },
    },
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
        serviceName: 'a',
      },
    },
    [
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
  ],
  [
    StatefulSet,
    'other replicas, template and pace',
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b', c: 'd' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
        replicas: 3,
        minReadySeconds: 5,
      },
    },
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'i' }] },
        },
      },
    },
    [],
  ],
  [
    ControllerRevision,
    'other data',
    { revision: 1, data: { a: 2 } },
    { revision: 1, data: { a: 1 } },
    ['data: Invalid value: {"a":2}: field is immutable'],
  ],
])
