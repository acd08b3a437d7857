import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Node } from '../../src/api/core/v1/node.ts'
import type { Pod } from '../../src/api/core/v1/pod.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { FOREVER, shellPod, testKubelet, type TestKubelet } from './test-kubelet.node.ts'

const skip = await whyNoContainers()

describe('housekeeping', { skip, concurrency: true }, () => {
  let t: TestKubelet | undefined
  before(async () => {
    t = await testKubelet({
      configuration: {
        containerLogMaxSize: '20Ki',
        containerLogMaxFiles: 3,
        containerLogMonitorInterval: '500ms',
      },
    })
  })
  after(() => t?.[Symbol.asyncDispose]())

  test('logs are rotated, and as many kept as may be', async () => {
    const script =
      'trap "exit 0" TERM; while true; do for i in 1 2 3 4 5 6 7 8 9; do echo "line $i of a log that grows"; done; sleep 0.02; done'
    await t!.run(shellPod('talks', script))
    await t!.until('talks', ({ status }) => status.phase === 'Running')
    const { logPath } = t!.kubelet.find('default', 'talks')!.container('main')!
    const files = await eventually(async () => {
      const names = (await readdir(dirname(logPath))).filter((name) => !name.endsWith('.tmp'))
      return names.filter((name) => name.endsWith('.gz')).length > 0 && names.length === 3 && names
    })
    assert.equal(files.toSorted()[0], '0.log')
    assert.ok(
      files.some((name) => /^0\.log\.\d{8}-\d{6}\.gz$/.test(name)),
      files.join(),
    )
  })

  test('a Pod that takes more of the disk than it may is evicted', async () => {
    const script = `dd if=/dev/zero of=/scratch/file bs=1M count=3 2>/dev/null; ${FOREVER}`
    const volumeMounts = [{ name: 'scratch', mountPath: '/scratch' }]
    const volumes = [{ name: 'scratch', emptyDir: { sizeLimit: '1Mi' } }]
    await t!.run(shellPod('greedy', script, { volumeMounts }, { volumes }))
    const pod = await t!.until('greedy', ({ status }) => status.phase === 'Failed')
    assert.equal(pod.status.reason, 'Evicted')
    assert.equal(pod.status.message, 'Usage of EmptyDir volume "scratch" exceeds the limit "1Mi". ')
    const disruption = pod.status.conditions?.find(({ type }) => type === 'DisruptionTarget')
    assert.equal(disruption?.reason, 'TerminationByKubelet')
    assert.ok((await t!.events('greedy')).includes(`Evicted ${pod.status.message}`))
  })
})

describe('a node that is configured', { skip }, () => {
  test('limits processes, uses the profile of the runtime, and lets crashed containers wait', async () => {
    const crashLoopBackOff = { maxContainerRestartPeriod: '1s' }
    const configuration = { podPidsLimit: 64, seccompDefault: true, crashLoopBackOff, maxPods: 7 }
    await using t = await testKubelet({ configuration })
    const script = 'grep ^Seccomp: /proc/self/status; exit 1'
    await t.run(shellPod('limited', script))
    const pod = await t.until(
      'limited',
      ({ status }) => (status.containerStatuses?.[0]?.restartCount ?? 0) >= 3,
    )
    const { logPath } = t.kubelet.find('default', 'limited')!.container('main')!
    assert.match(await readFile(logPath, 'utf8'), /Seccomp:\t2$/m)
    const cgroup = globSync(
      `/sys/fs/cgroup/{pids${t.node.cgroup},${t.node.cgroup}}/**/pod${pod.metadata.uid}/pids.max`,
    )
    assert.equal((await readFile(cgroup[0]!, 'utf8')).trim(), '64')
    const { status } = await t.client.get(Node, { name: 'test' })
    assert.equal(status.capacity?.['pods'], '7')
  })
})

describe('a node that stops', { skip }, () => {
  test('ends its Pods by priority, and takes no more', async () => {
    const configuration = { shutdownGracePeriod: '6s', shutdownGracePeriodCriticalPods: '3s' }
    await using t = await testKubelet({ configuration })
    await t.run(shellPod('plain', FOREVER))
    await t.run(shellPod('critical', FOREVER, {}, { priority: 2_000_001_000 }))
    for (const name of ['plain', 'critical'])
      await t.until(name, ({ status }) => status.phase === 'Running')
    await t.kubelet.shutDown()
    const pods = await Promise.all(
      ['plain', 'critical'].map((name) => t.until(name, ({ status }) => status.phase === 'Failed')),
    )
    for (const { status } of pods) {
      assert.equal(status.reason, 'Terminated')
      assert.equal(status.message, 'Pod was terminated in response to imminent node shutdown.')
    }
    const ends = pods.map(({ status }) =>
      Date.parse(status.containerStatuses![0]!.state.terminated!.finishedAt!),
    )
    assert.ok(ends[0]! <= ends[1]!)
    await t.run(shellPod('late', FOREVER))
    const late = await t.until('late', ({ status }) => status.phase === 'Failed')
    assert.equal(late.status.reason, 'NodeShutdown')
    const { status } = await t.client.get(Node, { name: 'test' })
    const ready = status.conditions?.find(({ type }) => type === 'Ready')
    assert.deepEqual([ready?.status, ready?.message], ['False', 'node is shutting down'])
    t.kubelet.stay()
    await t.run(shellPod('after', FOREVER))
    await t.until('after', (pod) => pod.status.phase === 'Running')
  })
})

describe('eviction', { skip }, () => {
  test('makes room for what is more important, and tells of it', async () => {
    await using t = await testKubelet()
    await t.run(shellPod('small', FOREVER, { resources: { requests: { memory: '1Gi' } } }))
    await t.run(shellPod('victim', FOREVER))
    await t.run(shellPod('critical', FOREVER, {}, { priority: 2_000_001_000 }))
    const running = ({ status }: Pod) => status.phase === 'Running'
    for (const name of ['small', 'victim', 'critical']) await t.until(name, running)
    await t.configure({
      evictionSoft: { 'memory.available': '99%' },
      evictionSoftGracePeriod: { 'memory.available': '1s' },
      evictionPressureTransitionPeriod: '10s',
    })
    const evicted = await t.until('victim', ({ status }) => status.phase === 'Failed')
    assert.equal(evicted.status.reason, 'Evicted')
    assert.match(
      evicted.status.message!,
      /^The node was low on resource: memory\. Threshold quantity: \d+\w*, available: \d+\w*\. Container main was using \d+\w*, request is 0, has larger consumption of memory\. $/,
    )
    const { status } = await t.client.get(Node, { name: 'test' })
    const pressure = status.conditions?.find(({ type }) => type === 'MemoryPressure')
    assert.equal(pressure?.reason, 'KubeletHasInsufficientMemory')
    await t.run(shellPod('late', FOREVER))
    const late = await t.until('late', (pod) => pod.status.phase === 'Failed')
    assert.equal(late.status.reason, 'Evicted')
    assert.equal(
      late.status.message,
      'Pod was rejected: The node had condition: [MemoryPressure]. ',
    )
    assert.equal((await t.get('critical')).status.phase, 'Running')
  })
})
