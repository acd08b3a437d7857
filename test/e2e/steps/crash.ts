import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../../src/base/async-eventually.node.ts'
import type { TestCluster } from '../test-cluster.node.ts'

/** What every container of the cluster is: its Pod, its id, how often it was started again. */
type Containers = ReadonlyMap<string, string>

/** Trierarch is killed with all its processes, and started again. */
export function crashSteps(cluster: () => TestCluster): void {
  const containers = async (): Promise<Containers> => {
    const status =
      '{.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}'
    const path = `{range .items[*]}{.metadata.name} ${status}{"\\n"}{end}`
    const lines = await cluster().kubectl(['get', 'pods', '-o', `jsonpath=${path}`])
    return new Map(
      lines.split('\n').flatMap((line) => {
        const [pod, id, restarts] = line.split(' ')
        return id ? [[pod!, `${id} ${restarts}`] as const] : []
      }),
    )
  }

  test('kill -9 of all of Trierarch in the middle of a rollout loses nothing', async () => {
    const { kubectl, trierarch } = cluster()
    await kubectl('scale deploy/frontend --replicas=4')
    await kubectl('rollout status deploy/frontend --timeout=180s')
    await kubectl('set env deploy/frontend GREETING=Ahoy')
    const updated = 'get deploy frontend -o jsonpath={.status.updatedReplicas}'
    await eventually(async () => Number(await kubectl(updated)) > 0)
    const before = await containers()

    const { supervisorPid, pid, nodeAgentPid } = JSON.parse(
      await trierarch('status', '-o', 'json'),
    ) as Record<string, number>
    process.kill(-supervisorPid!, 'SIGKILL')
    await eventually(() => [supervisorPid, pid, nodeAgentPid].every((each) => !isAlive(each!)))

    await trierarch('up', '--detach')
    const said = await kubectl('rollout status deploy/frontend --timeout=180s')
    assert.match(said, /deployment "frontend" successfully rolled out/)
    const after = await containers()
    for (const [pod, was] of before) assert.equal(after.get(pod) ?? was, was)
    const lasting = [...before.keys()].filter((pod) => after.has(pod))
    assert.ok(lasting.includes('client') && lasting.some((pod) => pod.startsWith('store-')))
    assert.equal(await kubectl('get events --field-selector reason=NodeNotReady -o name'), '')
    const page = await cluster().sh(
      'client',
      '/bin/wget -q -O - http://frontend/cgi-bin/guestbook.cgi',
    )
    assert.match(page, /^Ahoy from frontend-\S+\nahoy$/)
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
