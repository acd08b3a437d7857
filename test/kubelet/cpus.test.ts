import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { describe, test } from 'node:test'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { readCpus } from '../../src/kubelet/cpus/cpu-topology.node.ts'
import { formatCpuSet } from '../../src/kubelet/cpus/cpu-set.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { FOREVER, shellPod, testKubelet } from './test-kubelet.node.ts'

const skip = (await whyNoContainers()) || (availableParallelism() < 2 && 'needs a CPU to give away')

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
