import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Node } from '../../src/api/core/v1/node.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { within } from '../../src/grpc/connection.ts'
import { grpcConnection } from '../../src/grpc/grpc-connection.node.ts'
import { readCpus } from '../../src/kubelet/cpus/cpu-topology.node.ts'
import { formatCpuSet } from '../../src/kubelet/cpus/cpu-set.ts'
import { POD_RESOURCES } from '../../src/kubelet/pod-resources/messages.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { testDevicePlugin } from './device-plugin.node.ts'
import { logOf } from './log-of.node.ts'
import { FOREVER, shellPod, testKubelet } from './test-kubelet.node.ts'

const skip = (await whyNoContainers()) || (availableParallelism() < 2 && 'needs a CPU to give away')
const FAR = 'example.com/far'

describe('the static policy for CPUs', { skip }, () => {
  test('gives CPUs to containers, takes them from all others, and gives them back', async () => {
    const [first, ...others] = (await readCpus()).map(({ id }) => id)
    await using t = await testKubelet({
      configuration: { cpuManagerPolicy: 'static', reservedSystemCPUs: `${first}` },
    })
    const running = ({ status }: Pod): boolean => status.phase === 'Running'
    const untilOn = (name: string, cpus: readonly number[]) =>
      eventually(async () => {
        const { id } = t.kubelet.find('default', name)!.container('main')!
        const command = ['sh', '-c', 'grep Cpus_allowed_list /proc/self/status']
        const { stdout } = await t.node.runtime.execSync(id, command, 5)
        const said = new TextDecoder().decode(stdout).trim().split(/\s+/)[1]
        return (assert.equal(said, formatCpuSet(cpus)), true)
      })
    const amounts = { cpu: '1', memory: '32Mi' }
    const resources = { limits: amounts, requests: amounts }
    await t.run(shellPod('sharing', FOREVER))
    await t.until('sharing', running)
    await untilOn('sharing', [first!, ...others])
    await t.run(shellPod('owning', FOREVER, { resources }))
    const owning = await t.until('owning', running)
    const own = others[0]!
    await untilOn('owning', [own])
    const rest = [first!, ...others].filter((id) => id !== own)
    await untilOn('sharing', rest)
    await t.restart()
    await t.until('owning', running)
    await t.run(shellPod('late', FOREVER))
    await t.until('late', running)
    await untilOn('late', rest)
    await t.client.delete(Pod, owning.metadata)
    await t.untilGone('owning')
    await untilOn('late', [first!, ...others])
    await untilOn('sharing', [first!, ...others])
  })
})

const GIB = 1024 ** 3

describe('the managers of memory and topology', { skip }, () => {
  test('give what lies near to each other, tell monitors, and refuse what cannot be', async () => {
    await using t = await testKubelet({
      configuration: {
        memoryManagerPolicy: 'Static',
        topologyManagerPolicy: 'single-numa-node',
        systemReserved: { memory: '1Gi' },
        evictionHard: {},
        reservedMemory: [{ numaNode: 0, limits: { memory: '1Gi' } }],
      },
    })
    const amounts = { cpu: '100m', memory: '32Mi' }
    const resources = { limits: amounts, requests: amounts }
    const script = `grep Mems_allowed_list /proc/self/status; ${FOREVER}`
    await t.run(shellPod('owning', script, { resources }))
    const owning = await t.until('owning', ({ status }) => status.phase === 'Running')
    await eventually(async () => (await logOf(t.kubelet, owning, 'main')).trim().endsWith('\t0'))
    using monitor = grpcConnection(join(t.node.dataDir, 'pod-resources', 'kubelet.sock'))
    const topology = { nodes: [{ id: 0 }] }
    const { podResources } = await monitor.unary(POD_RESOURCES.list, {}, within(120_000))
    assert.deepEqual(podResources[0]!.containers[0]!.memory, [
      { memoryType: 'memory', size: 32 * 1024 ** 2, topology },
    ])
    const { memory } = await monitor.unary(POD_RESOURCES.getAllocatable, {}, within(120_000))
    const [all] = memory.filter(({ memoryType }) => memoryType === 'memory')
    assert.equal(all!.size, t.kubelet.machine.memoryBytes - GIB)
    // A device of a NUMA node that this machine lacks.
    const directory = join(t.node.dataDir, 'device-plugins')
    await using _plugin = await testDevicePlugin(directory, FAR, { d1: true }, 7)
    await eventually(
      async () => (await t.client.get(Node, { name: 'test' })).status.allocatable?.[FAR] === '1',
    )
    await t.run(shellPod('far', FOREVER, { resources: { limits: { [FAR]: '1' } } }))
    const { status } = await t.until('far', ({ status: { phase } }) => phase === 'Failed')
    assert.equal(status.reason, 'TopologyAffinityError')
    assert.equal(
      status.message,
      'Pod was rejected: Resources cannot be allocated with Topology locality',
    )
    await t.client.delete(Pod, owning.metadata)
    await t.untilGone('owning')
    const state = await readFile(join(t.node.dataDir, 'memory_manager_state'), 'utf8')
    assert.deepEqual(JSON.parse(state).entries, {})
  })
})
