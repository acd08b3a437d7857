import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { Node } from '../../../src/api/core/v1/node.ts'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import { RuntimeClass } from '../../../src/api/node/v1/runtime-class.ts'
import { isForbidden } from '../../../src/apimachinery/status-predicates.ts'
import { eventually } from '../../../src/base/async-eventually.node.ts'
import { whyNoNodeCluster } from '../../kubelet/node-cluster.node.ts'
import { conformance } from '../conformance.ts'
import { accessOf } from '../rest.node.ts'
import { IMAGE, isReady, isRunning, nodeSuite, once, shell } from './node-suite.node.ts'
import { webSocketMessages } from './web-socket.node.ts'

const skip = await whyNoNodeCluster()

describe('Pods', { skip, concurrency: 4 }, () => {
  const suite = nodeSuite()
  const ready = async (namespace: string, pod = shell(namespace, 'sleep 1000')): Promise<Pod> => {
    await suite().namespace(namespace)
    return suite().until(await suite().run(namespace, pod), isReady)
  }
  const pathOf = ({ metadata: { namespace, name } }: Pod): string =>
    `/api/v1/namespaces/${namespace}/pods/${name}`

  conformance('[sig-node] Pods should get a host IP [Conformance] [NodeConformance]', async () => {
    const { status } = await ready('host-ip-of-pod')
    assert.equal(status.hostIP, suite().address)
  })

  conformance(
    '[sig-node] Pods should be submitted and removed [Conformance] [NodeConformance]',
    async () => {
      const namespace = await suite().namespace('submitted')
      const selected = { namespace, labelSelector: 'name=submitted' }
      const { resourceVersion } = await suite().client.list(Pod, selected)
      const events = suite().client.watch(Pod, { ...selected, resourceVersion })
      const pod = await suite().run(namespace, shell('submitted', 'sleep 1000'))
      await suite().until(pod, isReady)
      const types = new Set<string>()
      for await (const event of events) {
        if (event.type === 'BOOKMARK') continue
        if (
          event.type === 'MODIFIED' &&
          isReady(event.object) &&
          !event.object.metadata.deletionTimestamp
        )
          await suite()
            .client.delete(Pod, { namespace, name: 'submitted' })
            .catch(() => undefined)
        types.add(event.object.metadata.deletionTimestamp ? `${event.type} leaving` : event.type)
        if (event.type === 'DELETED') break
      }
      assert.ok(types.has('ADDED') && types.has('MODIFIED leaving'), [...types].join())
      assert.deepEqual((await suite().client.list(Pod, selected)).items, [])
    },
  )

  conformance('[sig-node] Pods should be updated [Conformance] [NodeConformance]', async () => {
    const pod = await ready('updated')
    const labels = { time: 'later' }
    await suite().client.patch(Pod, pod.metadata, 'merge', { metadata: { labels } })
    const namespace = pod.metadata.namespace
    const { items } = await suite().client.list(Pod, { namespace, labelSelector: 'time=later' })
    assert.deepEqual(
      items.map(({ metadata }) => metadata.uid),
      [pod.metadata.uid],
    )
  })

  conformance(
    '[sig-node] Pods should allow activeDeadlineSeconds to be updated [Conformance] [NodeConformance]',
    async () => {
      const pod = await ready('deadline')
      await suite().client.patch(Pod, pod.metadata, 'merge', { spec: { activeDeadlineSeconds: 1 } })
      const failed = await suite().until(pod, ({ status }) => status.phase === 'Failed')
      assert.equal(failed.status.reason, 'DeadlineExceeded')
    },
  )

  conformance(
    '[sig-node] Pods should support remote command execution over websockets [Conformance] [NodeConformance]',
    async () => {
      const pod = await ready('exec-websocket')
      const query = 'stderr=1&stdout=1&container=main&command=echo&command=remote+execution+test'
      const messages = await webSocketMessages(
        accessOf(suite().kubeconfig),
        `${pathOf(pod)}/exec?${query}`,
        'channel.k8s.io',
      )
      // The first byte of each message is its channel; standard output is 1.
      const output = messages.filter(([channel]) => channel === 1).map((each) => each.subarray(1))
      assert.equal(Buffer.concat(output).toString(), 'remote execution test\n')
    },
  )

  conformance(
    '[sig-node] Pods should support retrieving logs from the container over websockets [Conformance] [NodeConformance]',
    async () => {
      const pod = await ready('log-websocket', shell('log', 'echo container is alive; sleep 1000'))
      const messages = await webSocketMessages(
        accessOf(suite().kubeconfig),
        `${pathOf(pod)}/log?container=main`,
        'binary.k8s.io',
      )
      assert.equal(Buffer.concat(messages).toString(), 'container is alive\n')
    },
  )

  conformance('[sig-node] Pods should delete a collection of pods [Conformance]', async () => {
    const namespace = await suite().namespace('collection')
    const labels = { type: 'Testing' }
    const selected = { namespace, labelSelector: 'type=Testing' }
    const pods = await Promise.all(
      [1, 2, 3].map((i) => {
        const pod = shell(`test-pod-${i}`, 'sleep 1000')
        return suite().run(namespace, { ...pod, metadata: { ...pod.metadata, labels } })
      }),
    )
    assert.equal((await suite().client.list(Pod, selected)).items.length, pods.length)
    await suite().client.deleteCollection(Pod, selected)
    await Promise.all(pods.map((pod) => suite().untilGone(pod)))
    assert.deepEqual((await suite().client.list(Pod, selected)).items, [])
  })

  conformance('[sig-node] Pods should patch a pod status [Conformance]', async () => {
    const pod = await ready('patched')
    const type = 'StatusPatched'
    const condition = { type, status: 'True', reason: 'E2E', message: 'Set from an e2e test' }
    const patched = await suite().rest.patch(
      `${pathOf(pod)}/status`,
      { status: { conditions: [condition] } },
      'application/strategic-merge-patch+json',
    )
    const { conditions } = patched['status'] as Pod['status']
    assert.equal(conditions?.find((each) => each.type === type)?.reason, 'E2E')
  })

  conformance(
    '[sig-node] Pods should run through the lifecycle of Pods and PodStatus [Conformance]',
    async () => {
      const pod = await ready('lifecycle')
      const { client } = suite()
      const labels = { 'test-pod': 'patched' }
      const container = { name: 'main', image: IMAGE }
      await client.patch(Pod, pod.metadata, 'strategic', {
        metadata: { labels },
        spec: { containers: [container], activeDeadlineSeconds: 600 },
      })
      const patched = await suite().until(
        pod,
        ({ metadata }) => metadata.labels?.['test-pod'] === 'patched',
      )
      assert.equal(patched.spec.activeDeadlineSeconds, 600)
      const { status } = await client.get(Pod, pod.metadata)
      const seen = {
        type: 'Seen',
        status: 'True',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      } as const
      const fresh = await client.get(Pod, pod.metadata)
      await client.updateStatus(Pod, {
        ...fresh,
        status: { ...status, conditions: [...(status.conditions ?? []), seen] },
      })
      await suite().until(pod, (each) =>
        each.status.conditions!.some(({ type }) => type === 'Seen'),
      )
      await client.deleteCollection(Pod, {
        namespace: pod.metadata.namespace,
        labelSelector: 'test-pod=patched',
      })
      await suite().untilGone(pod)
    },
  )

  const amounts = { cpu: '100m', memory: '100Mi' }

  conformance(
    '[sig-node] Pods Extended Pods Set QOS Class should be set on Pods with matching resource requests and limits for memory and cpu [Conformance]',
    async () => {
      const namespace = await suite().namespace('qos')
      const resources = { requests: amounts, limits: amounts }
      const pod = await suite().run(namespace, shell('qos', 'true', { resources }))
      assert.equal(pod.status.qosClass, 'Guaranteed')
    },
  )

  describe('generation', () => {
    const raise = (pod: Pod, i: number) =>
      suite().client.patch(Pod, pod.metadata, 'merge', {
        spec: { activeDeadlineSeconds: 20_000 - i },
      })

    conformance(
      '[sig-node] Pods Extended (pod generation) Pod Generation pod generation should start at 1 and increment per update [MinimumKubeletVersion:1.34] [Conformance]',
      async () => {
        const pod = await ready('generation')
        assert.equal(pod.metadata.generation, 1)
        const metadata = { labels: { more: 'yes' } }
        const labelled = await suite().client.patch(Pod, pod.metadata, 'merge', { metadata })
        assert.equal(labelled.metadata.generation, 1)
        assert.equal((await raise(pod, 1)).metadata.generation, 2)
        await suite().until(pod, ({ status }) => status.observedGeneration === 2)
      },
    )

    conformance(
      '[sig-node] Pods Extended (pod generation) Pod Generation custom-set generation on new pods and graceful delete [Conformance]',
      async () => {
        const namespace = await suite().namespace('generation-set')
        const pod = shell('generation-set', 'sleep 1000')
        const metadata = { ...pod.metadata, generation: 100 }
        const asked = await suite().run(namespace, { ...pod, metadata })
        assert.equal(asked.metadata.generation, 1)
        await suite().until(asked, isRunning)
        const leaving = await suite().rest.delete(pathOf(asked))
        assert.equal(leaving.metadata.generation, 2)
        await suite().untilGone(asked)
      },
    )

    conformance(
      '[sig-node] Pods Extended (pod generation) Pod Generation issue 500 podspec updates and verify generation and observedGeneration eventually converge [MinimumKubeletVersion:1.34] [Conformance]',
      async () => {
        const pod = await ready('generation-500')
        for (let i = 1; i < 500; i++) await raise(pod, i)
        const last = await suite().until(pod, ({ status }) => status.observedGeneration === 500)
        assert.equal(last.metadata.generation, 500)
      },
    )
  })

  describe('RuntimeClass', () => {
    const classed = (name: string, runtimeClassName: string) =>
      once(name, 'true', {}, { runtimeClassName })

    conformance(
      '[sig-node] RuntimeClass should reject a Pod requesting a non-existent RuntimeClass [Conformance] [NodeConformance]',
      async () => {
        const namespace = await suite().namespace('no-class')
        await assert.rejects(suite().run(namespace, classed('no-class', 'none')), isForbidden)
      },
    )

    conformance(
      '[sig-node] RuntimeClass should reject a Pod requesting a deleted RuntimeClass [Conformance] [NodeConformance]',
      async () => {
        const namespace = await suite().namespace('class-gone')
        const metadata = { name: 'class-gone' }
        await suite().client.create(RuntimeClass, { metadata, handler: 'runc' })
        await suite().client.delete(RuntimeClass, metadata)
        const refused = async (): Promise<boolean> => {
          const run = suite().run(namespace, classed('class-gone', 'class-gone'))
          return run.then(
            async (pod) => {
              await suite().client.delete(Pod, pod.metadata, { gracePeriodSeconds: 0 })
              return false
            },
            (error: unknown) => isForbidden(error),
          )
        }
        await eventually(refused)
      },
    )

    conformance(
      '[sig-node] RuntimeClass should schedule a Pod requesting a RuntimeClass and initialize its Overhead [Conformance] [NodeConformance]',
      async () => {
        const namespace = await suite().namespace('overhead')
        const podFixed = { cpu: '10m', memory: '1Mi' }
        const metadata = { name: 'overhead' }
        await suite().client.create(RuntimeClass, {
          metadata,
          handler: 'runc',
          overhead: { podFixed },
        })
        const asked = await suite().run(namespace, classed('overhead', 'overhead'))
        const pod = await suite().until(asked, ({ status }) => status.phase === 'Succeeded')
        assert.deepEqual(pod.spec.overhead, podFixed)
        assert.equal(pod.spec.nodeName, suite().nodeName)
      },
    )

    conformance(
      '[sig-node] RuntimeClass should schedule a Pod requesting a RuntimeClass without PodOverhead [Conformance] [NodeConformance]',
      async () => {
        const namespace = await suite().namespace('no-overhead')
        const metadata = { name: 'no-overhead' }
        await suite().client.create(RuntimeClass, { metadata, handler: 'runc' })
        const asked = await suite().run(namespace, classed('no-overhead', 'no-overhead'))
        const pod = await suite().until(asked, ({ status }) => status.phase === 'Succeeded')
        assert.equal(pod.spec.overhead, undefined)
      },
    )
  })

  conformance(
    '[sig-node] Sysctls [LinuxOnly] should reject invalid sysctls [Conformance] [NodeConformance]',
    async () => {
      const namespace = await suite().namespace('bad-sysctls')
      const sysctls = ['foo-', 'kernel.shmmax', 'safe-and-unsafe', 'bar..'].map((name) => ({
        name,
        value: '100000000',
      }))
      const pod = once('bad-sysctls', 'true', {}, { securityContext: { sysctls } })
      await assert.rejects(suite().run(namespace, pod), (error: Error) => {
        assert.match(error.message, /sysctls\[0\]\.name: Invalid value: "foo-"/)
        assert.match(error.message, /sysctls\[3\]\.name: Invalid value: "bar\.\."/)
        assert.doesNotMatch(error.message, /kernel\.shmmax/)
        return true
      })
    },
  )
})

// Its taint would disturb the other tests.
describe('taints', { skip }, () => {
  const suite = nodeSuite()
  const key = 'kubernetes.io/e2e-evict-taint-key'
  const taint = { key, value: 'evictTaintVal', effect: 'NoExecute' } as const
  const tolerating = (name: string, tolerationSeconds: number) =>
    shell(
      name,
      'sleep 1000',
      {},
      {
        tolerations: [{ ...taint, operator: 'Equal', tolerationSeconds }],
      },
    )
  const setTaints = (taints: readonly object[]) =>
    suite().client.patch(Node, { name: suite().nodeName }, 'merge', { spec: { taints } })

  conformance(
    '[sig-node] NoExecuteTaintManager Single Pod removing taint cancels eviction [Conformance] [Serial]',
    async () => {
      const namespace = await suite().namespace('taint-removed')
      const pod = await suite().run(namespace, tolerating('stays', 3))
      await suite().until(pod, isReady)
      await setTaints([taint])
      await setTaints([])
      const other = await suite().run(namespace, shell('later', 'sleep 4'))
      await suite().until(
        other,
        ({ status }) => (status.containerStatuses?.[0]?.restartCount ?? 0) > 0,
      )
      const later = await suite().client.get(Pod, pod.metadata)
      assert.equal(later.metadata.deletionTimestamp, undefined)
    },
  )

  conformance(
    '[sig-node] NoExecuteTaintManager Multiple Pods evicts pods with minTolerationSeconds [Conformance] [Serial]',
    async () => {
      const namespace = await suite().namespace('tainted')
      const pods = await Promise.all(
        [1, 3].map((seconds) => suite().run(namespace, tolerating(`evicted-${seconds}`, seconds))),
      )
      for (const pod of pods) await suite().until(pod, isReady)
      await setTaints([taint])
      for (const pod of pods) await suite().untilGone(pod)
      await setTaints([])
    },
  )
})
