import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { busyboxArchive } from '../images/busybox-archive.node.ts'
import { presentTree, releaseTags, tagTree } from '../integration/releases.node.ts'
import { newcomer, untilPrinted } from './newcomer.node.ts'
import { shellPod } from './shell-pod.ts'
import { scratchFile, testCluster } from './test-cluster.node.ts'

const TIMEOUT_MS = 20 * 60_000
const TAGS = releaseTags()
const skip = await whyNoContainers()

for (const tag of TAGS)
  test(
    `${tag} and this tree: a machine of the one joins a control plane of the other`,
    {
      skip,
      timeout: TIMEOUT_MS,
    },
    async () => {
      await using earlier = await tagTree(tag)
      await joined(presentTree().command, earlier.command)
      await joined(earlier.command, presentTree().command)
    },
  )

if (TAGS.length === 0)
  test('a machine of one release joins a control plane of another', {
    skip: 'no release is tagged yet; how machines of this tree join, join.test.ts tells',
  })

/** Runs a Pod on a node of the one release, whose control plane is of the other. */
async function joined(controlPlane: string, node: string): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const cluster = stack.use(await testCluster({ trierarch: controlPlane }))
  const other = await newcomer(stack, { trierarch: node })
  const listen = `--listen=${cluster.machine.address}:6443`
  await cluster.trierarch('up', listen, '--node=none', '--detach')
  const command = (await cluster.trierarch('token', 'create')).split(' ').slice(2)
  const running = stack.use(other.join(...command, '--node-name=newcomer'))
  await untilPrinted(running, 'This machine is the node newcomer')
  await cluster.kubectl('wait --for=condition=Ready node/newcomer --timeout=180s')
  const archive = await busyboxArchive({ name: 'docker.io/library/busybox:1.37' })
  const { code, stderr } = await other.trierarch(
    'image',
    'load',
    await scratchFile(cluster, 'busybox.tar', archive),
  )
  assert.equal(code, 0, stderr)
  await cluster.apply(shellPod('there', { script: 'echo hello; sleep infinity & wait' }))
  await cluster.kubectl('wait --for=condition=Ready pod/there --timeout=180s')
  assert.equal(await cluster.kubectl('logs there'), 'hello')
  assert.equal(await cluster.sh('there', 'echo from the other side'), 'from the other side')
  await cluster.kubectl('delete pod there --timeout=60s')
}
