import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { equal } from '../apimachinery/equality.ts'
import { HorizontalPodAutoscaler as AutoscalerV1 } from './autoscaling/v1/index.ts'
import { HorizontalPodAutoscaler as AutoscalerV2 } from './autoscaling/v2/index.ts'
import { convert } from './conversion.ts'
import { Event as CoreEvent, Pod } from './core/v1/index.ts'
import { Event } from './events/v1/index.ts'
import { arbitraryObject, completed, decoded } from './testing.ts'

test('an Event of events.k8s.io is the same as one of the core group', () => {
  const event = decoded(Event, {
    metadata: { name: 'x', namespace: 'default' },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'a.b/c',
    reportingInstance: 'i',
    action: 'Do',
    reason: 'Done',
    note: 'It is done',
    type: 'Normal',
    regarding: { kind: 'Pod', name: 'p' },
    deprecatedCount: 3,
    series: { count: 2, lastObservedTime: '2026-01-01T00:00:01.000000Z' },
  })
  const core = convert(event, Event, CoreEvent)
  assert.equal(core.apiVersion, 'v1')
  assert.equal(core.message, 'It is done')
  assert.equal(core.count, 3)
  assert.deepEqual(core.involvedObject, { kind: 'Pod', name: 'p' })
  assert.equal(core.reportingComponent, 'a.b/c')
  assert.deepEqual(convert(core, CoreEvent, Event), event)
})

test('an autoscaler of version 1 keeps what only version 2 knows in annotations', () => {
  const pods = {
    type: 'Pods',
    pods: { metric: { name: 'packets' }, target: { type: 'AverageValue', averageValue: '1k' } },
  }
  const v2 = completed(AutoscalerV2, {
    spec: {
      maxReplicas: 5,
      scaleTargetRef: { kind: 'Deployment', name: 'web' },
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
        },
        pods,
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
    },
    status: {
      desiredReplicas: 2,
      currentMetrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', current: { averageValue: '500m', averageUtilization: 50 } },
        },
      ],
      conditions: [{ type: 'AbleToScale', status: 'True' }],
    },
  })
  const v1 = convert(v2, AutoscalerV2, AutoscalerV1)
  assert.equal(v1.spec.targetCPUUtilizationPercentage, 60)
  assert.equal(v1.status.currentCPUUtilizationPercentage, 50)
  assert.deepEqual(Object.keys(v1.metadata.annotations ?? {}).toSorted(), [
    'autoscaling.alpha.kubernetes.io/behavior',
    'autoscaling.alpha.kubernetes.io/conditions',
    'autoscaling.alpha.kubernetes.io/current-metrics',
    'autoscaling.alpha.kubernetes.io/metrics',
  ])
  assert.deepEqual(convert(v1, AutoscalerV1, AutoscalerV2), v2)
})

test('what version 1 of an autoscaler says comes back from version 2', () => {
  fc.assert(
    fc.property(arbitraryObject(AutoscalerV1), (v1) => {
      const back = convert(convert(v1, AutoscalerV1, AutoscalerV2), AutoscalerV2, AutoscalerV1)
      assert.ok(equal(back.spec, v1.spec))
    }),
    { numRuns: 100 },
  )
})

test('convert() leaves what has one form as it is', () => {
  const pod = decoded(Pod, { spec: { containers: [] } })
  assert.equal(convert(pod, Pod, Pod), pod)
  assert.throws(() => convert(pod, Pod, Event), /No conversion from \/v1 Pod/)
})
