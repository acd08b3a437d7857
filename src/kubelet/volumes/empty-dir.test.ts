import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '../../api/core/v1/pod.ts'
import { memorySize } from './empty-dir.node.ts'

const MI = 2 ** 20

function pod(...limits: readonly (string | undefined)[]): Pick<Pod, 'spec'> {
  const containers = limits.map((memory, i) => ({
    name: `c${i}`,
    resources: memory === undefined ? {} : { limits: { memory } },
  }))
  return { spec: { containers } } as unknown as Pod
}

test('memorySize() is the least of what the node, the Pod and the volume may have', () => {
  const node = { memory: '1Gi' }
  assert.equal(memorySize(pod('64Mi', '32Mi'), { sizeLimit: '16Mi' }, node), 16 * MI)
  assert.equal(memorySize(pod('64Mi', '32Mi'), { sizeLimit: '2Gi' }, node), 96 * MI)
  assert.equal(memorySize(pod('64Mi'), {}, node), 64 * MI)
  assert.equal(memorySize(pod(undefined), { sizeLimit: '2Gi' }, node), 1024 * MI)
  assert.equal(memorySize(pod(undefined), { sizeLimit: '0' }, node), 1024 * MI)
  assert.equal(memorySize(pod(undefined), {}, {}), undefined)
})
