import assert from 'node:assert/strict'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Node } from '../../src/api/core/v1/node.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { within } from '../../src/grpc/connection.ts'
import { grpcConnection } from '../../src/grpc/grpc-connection.node.ts'
import { REGISTER } from '../../src/kubelet/devices/plugin-methods.ts'
import { POD_RESOURCES } from '../../src/kubelet/pod-resources/messages.ts'
import { unmountBelow } from '../../src/kubelet/volumes/mounts.node.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { testDevicePlugin } from './device-plugin.node.ts'
import { logOf } from './log-of.node.ts'
import { FOREVER, shellPod, testKubelet, type TestKubelet } from './test-kubelet.node.ts'

const skip = await whyNoContainers()
const RESOURCE = 'example.com/device'
const SCRIPT = `echo $GIVEN; ls /dev | grep '^d[0-9]$'; grep -c Linux /driver; ${FOREVER}`

describe('device plugins', { skip }, () => {
  let t: TestKubelet
  before(async () => {
    t = await testKubelet()
  })
  after(() => t?.[Symbol.asyncDispose]())
  const directory = (): string => join(t.node.dataDir, 'device-plugins')
  const asking = (count: number) => ({ resources: { limits: { [RESOURCE]: String(count) } } })
  const amounts = async (): Promise<readonly unknown[]> => {
    const { status } = await t.client.get(Node, { name: 'test' })
    return [status.capacity?.[RESOURCE], status.allocatable?.[RESOURCE]]
  }
  const untilAmounts = (...wanted: readonly string[]) =>
    eventually(async () => (assert.deepEqual(await amounts(), wanted), true))
  const says = (pod: Pod, text: string) =>
    eventually(async () => (assert.equal(await logOf(t.kubelet, pod, 'main'), text), true))
  const run = async (name: string, count: number, script = SCRIPT): Promise<Pod> => {
    await t.run(shellPod(name, script, asking(count)))
    return t.until(name, ({ status }) => status.phase === 'Running')
  }
  const remove = async (pod: Pod): Promise<void> => {
    await t.client.delete(Pod, pod.metadata)
    await t.untilGone(pod.metadata.name)
  }

  test('tell what they have; containers get it, and give it back', async () => {
    await using plugin = await testDevicePlugin(directory(), RESOURCE, { d1: true, d2: true })
    await untilAmounts('2', '2')
    const first = await run('first', 2)
    await says(first, 'd1,d2\nd1\nd2\n1\n')
    assert.deepEqual(plugin.started, [['d1', 'd2']])
    using monitor = grpcConnection(join(t.node.dataDir, 'pod-resources', 'kubelet.sock'))
    const devices = ['d1', 'd2'].map((id) => ({ resourceName: RESOURCE, deviceIds: [id] }))
    const container = { name: 'main', devices, cpuIds: [], memory: [] }
    const expected = { name: 'first', namespace: 'default', containers: [container] }
    const { podResources } = await monitor.unary(POD_RESOURCES.list, {}, within(120_000))
    assert.deepEqual(podResources, [expected])
    const got = { podName: 'first', podNamespace: 'default' }
    const one = await monitor.unary(POD_RESOURCES.get, got, within(120_000))
    assert.deepEqual(one.podResources, expected)
    const all = await monitor.unary(POD_RESOURCES.getAllocatable, {}, within(120_000))
    assert.deepEqual(all, { devices, cpuIds: [], memory: [] })
    const unknown = { podName: 'none', podNamespace: 'default' }
    await assert.rejects(
      monitor.unary(POD_RESOURCES.get, unknown, within(120_000)),
      /pod none in namespace default not found/,
    )
    await t.run(shellPod('second', SCRIPT, asking(1)))
    const second = await t.until('second', ({ status }) => status.phase === 'Failed')
    assert.equal(second.status.reason, `OutOf${RESOURCE}`)
    await remove(first)
    const third = await run('third', 1)
    await says(third, 'd1\nd1\n1\n')
    plugin.tell({ d1: true, d2: false })
    await untilAmounts('2', '1')
    await remove(third)
    await remove(second)
  })

  test('keep what containers have over a restart of the agent, and are unwell when gone', async () => {
    const plugin = await testDevicePlugin(directory(), RESOURCE, { d1: true, d2: true })
    await untilAmounts('2', '2')
    const pod = await run('kept', 1)
    await says(pod, 'd1\nd1\n1\n')
    await t.restart(async () => plugin[Symbol.asyncDispose]())
    await untilAmounts('0', '0')
    await using again = await testDevicePlugin(directory(), RESOURCE, { d1: true, d2: true })
    await untilAmounts('2', '2')
    const other = await run('other', 1)
    await says(other, 'd2\nd2\n1\n')
    await again[Symbol.asyncDispose]()
    await untilAmounts('2', '0')
    await remove(pod)
    await remove(other)
  })

  test('may refuse, and the Pod says so', async () => {
    await using plugin = await testDevicePlugin(directory(), RESOURCE, { d1: true })
    await untilAmounts('1', '1')
    plugin.isBroken = true
    await t.run(shellPod('refused', SCRIPT, asking(1)))
    const { status } = await t.until('refused', (pod) => pod.status.phase === 'Failed')
    assert.equal(status.reason, 'UnexpectedAdmissionError')
    assert.match(
      status.message!,
      /^Pod was rejected: Allocate failed due to .*out of order.*, which is unexpected$/,
    )
  })

  test('are told why they cannot register', async () => {
    using node = grpcConnection(join(directory(), 'kubelet.sock'))
    const register = (version: string, resourceName: string) =>
      node.unary(REGISTER, { version, endpoint: 'x.sock', resourceName }, within(120_000))
    await assert.rejects(
      register('v1', RESOURCE),
      /requested API version "v1" is not supported by kubelet\. Supported version is "v1beta1"/,
    )
    await assert.rejects(register('v1beta1', 'cpu'), /the ResourceName "cpu" is invalid/)
  })
})

const STOCK = 'example.com/stock'
const ROOT = '/var/lib/kubelet'
const LIBRARIES = ['/lib', '/lib64', '/usr/lib']

describe('a device plugin made for any distribution', { skip }, () => {
  test('registers from its own DaemonSet, whose paths are the usual ones', async (t) => {
    // Somebody else's kubelet, or another run of this test.
    if (!(await madeHere(ROOT))) return t.skip(`${ROOT} is there already`)
    t.after(async () => {
      await unmountBelow(ROOT) // What the node shares with drivers in Pods.
      await rm(ROOT, { recursive: true })
    })
    await using k = await testKubelet({ rootDir: ROOT })
    const project = join(import.meta.dirname, '../..')
    const read = [project, dirname(process.execPath), ...LIBRARIES]
    // As https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/ has them; what it is
    // made of comes from the machine, since the image has a shell only.
    const sockets = { name: 'device-plugins', mountPath: `${ROOT}/device-plugins` }
    const container = {
      securityContext: { privileged: true },
      volumeMounts: [
        sockets,
        ...read.map((mountPath, i) => ({ name: `v${i}`, mountPath, readOnly: true })),
      ],
    }
    const code = `import { testDevicePlugin } from '${import.meta.dirname}/device-plugin.node.ts'
      await testDevicePlugin('${sockets.mountPath}', '${STOCK}', { d1: true })`
    const script = `exec ${process.execPath} --input-type=module --eval "${code}"`
    await k.run(
      shellPod('plugin', script, container, {
        priorityClassName: 'system-node-critical',
        tolerations: [{ operator: 'Exists' }],
        volumes: [
          { name: sockets.name, hostPath: { path: sockets.mountPath } },
          ...read.map((path, i) => ({ name: `v${i}`, hostPath: { path } })),
        ],
        terminationGracePeriodSeconds: 0,
      }),
    )
    await eventually(
      async () => (await k.client.get(Node, { name: 'test' })).status.allocatable?.[STOCK] === '1',
    )
    await k.run(shellPod('user', SCRIPT, { resources: { limits: { [STOCK]: '1' } } }))
    const user = await k.until('user', ({ status }) => status.phase === 'Running')
    await eventually(async () => (await logOf(k.kubelet, user, 'main')) === 'd1\nd1\n1\n')
    for (const name of ['user', 'plugin']) {
      await k.client.delete(Pod, { namespace: 'default', name })
      await k.untilGone(name)
    }
  })
})

/** Makes a directory; false where it is there. */
async function madeHere(path: string): Promise<boolean> {
  return mkdir(path).then(
    () => true,
    () => false,
  )
}
