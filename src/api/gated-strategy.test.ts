import assert from 'node:assert/strict'
import { test } from 'node:test'
import { podStrategy } from './core/v1/pod-strategy.ts'
import { Pod } from './core/v1/pod.ts'
import { kubernetesFeatures } from './features.ts'
import { gatedStrategy } from './gated-strategy.ts'
import { completed, CONTEXT } from './testing.ts'

const pod = (cpu: string): Pod =>
  completed(Pod, {
    metadata: { name: 'p', namespace: 'n' },
    spec: {
      resources: { requests: { cpu } },
      containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }],
    },
  })

test('gatedStrategy() leaves the resources of Pods as a whole alone where they cannot be resized', () => {
  for (const [isOn, cpu] of [
    [true, '200m'],
    [false, '100m'],
  ] as const) {
    const features = kubernetesFeatures({ InPlacePodLevelResourcesVerticalScaling: isOn })
    const { resize } = gatedStrategy(Pod, podStrategy, features).subresources!
    const { spec } = resize!.prepareForUpdate(pod('200m'), pod('100m'), CONTEXT)
    assert.deepEqual(spec.resources?.requests, { cpu })
    assert.deepEqual(spec.containers[0]!.resources.requests, { cpu: '200m' })
  }
})
