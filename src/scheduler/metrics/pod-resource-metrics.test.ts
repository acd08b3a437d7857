import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pod } from '../../api/core/v1/pod.ts'
import { decoded } from '../../api/testing.ts'
import { podResourceMetrics } from './pod-resource-metrics.ts'

const resources = {
  limits: { cpu: '1500m', memory: '1Gi', 'hugepages-2Mi': '4Mi', 'example.com/gpu': '2' },
  requests: { cpu: '250m', memory: '64Mi', 'hugepages-2Mi': '4Mi', 'example.com/gpu': '2' },
}

function pod(name: string, phase: string, spec: object = {}): Pod {
  return decoded(Pod, {
    metadata: { namespace: 'a', name },
    spec: { containers: [{ name: 'c', image: 'i', resources }], ...spec },
    status: { phase },
  })
}

test('podResourceMetrics() tells what Pods ask for and may use, but for those that are over', async () => {
  const placed = pod('runs', 'Running', { nodeName: 'n', priority: 5, overhead: { cpu: '1' } })
  const waiting = pod('waits', 'Pending')
  const text = await podResourceMetrics([placed, waiting, pod('over', 'Succeeded')])
  const lines = new Set(text.split('\n'))
  const of = (name: string, more: string): string =>
    name === 'runs'
      ? `{namespace="a",pod="runs",node="n",scheduler="default-scheduler",priority="5",${more}}`
      : `{namespace="a",pod="waits",node="",scheduler="default-scheduler",priority="",${more}}`
  for (const line of [
    `kube_pod_resource_request${of('runs', 'resource="cpu",unit="cores"')} 1.25`,
    `kube_pod_resource_request${of('waits', 'resource="cpu",unit="cores"')} 0.25`,
    `kube_pod_resource_request${of('waits', 'resource="memory",unit="bytes"')} ${64 * 2 ** 20}`,
    `kube_pod_resource_limit${of('runs', 'resource="cpu",unit="cores"')} 2.5`,
    `kube_pod_resource_limit${of('waits', 'resource="hugepages-2Mi",unit="bytes"')} ${4 * 2 ** 20}`,
    `kube_pod_resource_limit${of('waits', 'resource="example.com/gpu",unit="integer"')} 2`,
  ])
    assert.ok(lines.has(line), `${line} is missing from\n${text}`)
  assert.ok(!text.includes('pod="over"'))
})
