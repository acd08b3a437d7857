import { testCreates } from '../../testing.ts'
import { HorizontalPodAutoscaler } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    HorizontalPodAutoscaler,
    'nothing wrong',
    { spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'x' } } },
    [],
  ],
  [
    HorizontalPodAutoscaler,
    'bounds that do not fit together',
    { spec: { maxReplicas: -1, scaleTargetRef: { kind: '', name: 'x' }, minReplicas: 0 } },
    [
      'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
      'spec.maxReplicas: Invalid value: -1: must be greater than 0',
      'spec.maxReplicas: Invalid value: -1: must be greater than or equal to `minReplicas`',
      'spec.scaleTargetRef.kind: Required value',
      'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
    ],
  ],
  [
    HorizontalPodAutoscaler,
    'odd metrics',
    {
      spec: {
        maxReplicas: 3,
        scaleTargetRef: { kind: 'Deployment', name: 'x' },
        metrics: [
          { type: 'X' },
          { type: 'Resource', resource: { name: '', target: { type: 'Utilization' } } },
          {
            type: 'Pods',
            resource: {
              name: 'cpu',
              target: { type: 'Z', averageUtilization: 0, averageValue: '0' },
            },
          },
        ],
      },
    },
    [
      'spec.metrics[0].type: Unsupported value: "X": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      'spec.metrics[1].resource.name: Required value: must specify a resource name',
      'spec.metrics[1].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
      'spec.metrics[2].resource.target.type: Invalid value: "Z": must be either Utilization, Value, or AverageValue',
      'spec.metrics[2].resource.target.averageValue: Invalid value: "0": must be positive',
      'spec.metrics[2].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
      'spec.metrics[2].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization',
      'spec.metrics[2].pods: Required value: must populate information for the given metric source',
    ],
  ],
  [
    HorizontalPodAutoscaler,
    'odd behavior',
    {
      spec: {
        maxReplicas: 3,
        scaleTargetRef: { kind: 'Deployment', name: 'x' },
        behavior: {
          scaleUp: {
            policies: [{ type: 'X', value: 0, periodSeconds: 1801 }],
            stabilizationWindowSeconds: 3601,
            selectPolicy: 'Q',
          },
        },
      },
    },
    [
      'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
      'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Q": supported values: "Disabled", "Max", "Min"',
      'spec.behavior.scaleUp.policies[0].type: Unsupported value: "X": supported values: "Percent", "Pods"',
      'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
      'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
    ],
  ],
])
