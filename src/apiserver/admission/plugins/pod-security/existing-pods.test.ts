import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '../../../../api/core/v1/pod.ts'
import { existingPodWarnings } from './existing-pods.ts'

const BASELINE = { level: 'baseline', version: 'latest' } as const

function pod(name: string, spec: object = {}, controllerUid?: string): Pod {
  const owner = { kind: 'ReplicaSet', name: 'r', uid: controllerUid, controller: true }
  return {
    metadata: { name, ...(controllerUid !== undefined && { ownerReferences: [owner] }) },
    spec: { containers: [{ name: 'c' }], ...spec },
  } as unknown as Pod
}

test('existingPodWarnings() looks at one Pod of each controller first, and says where it stops', () => {
  const many = Array.from({ length: 4000 }, (_, i) => pod(`a${i}`, {}, 'one'))
  const last = pod('z', { hostNetwork: true }, 'another')
  assert.deepEqual(existingPodWarnings('n', BASELINE, [...many, last]), [
    'new PodSecurity enforce level only checked against the first 3000 of 4001 existing pods',
    'existing pods in namespace "n" violate the new PodSecurity enforce level "baseline:latest"',
    'z: host namespaces',
  ])
  assert.deepEqual(existingPodWarnings('n', BASELINE, many.slice(0, 3000)), [])
})
