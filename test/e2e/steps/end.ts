import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestCluster } from '../test-cluster.node.ts'
import { tracesOf, type Traces } from '../traces.node.ts'
import { GUESTBOOK } from './guestbook.ts'

/** The end of an application, and of the cluster. */
export function endSteps(cluster: () => TestCluster, before: () => Traces): void {
  test('kubectl delete takes the guestbook away', async () => {
    const { kubectl } = cluster()
    await kubectl(['delete', '-f', GUESTBOOK])
    await kubectl('wait --for=delete pod -l app=guestbook --timeout=60s')
    const left = 'get all,configmaps,secrets,endpointslices -l app=guestbook -o name'
    assert.equal(await kubectl(left), '')
  })

  test('down leaves nothing behind', async () => {
    const { trierarch, tryKubectl } = cluster()
    const running = await tracesOf(cluster())
    for (const kind of Object.keys(running) as (keyof Traces)[])
      assert.ok(running[kind].length > before()[kind].length, `no ${kind} were found`)
    assert.equal(await trierarch('down'), 'The cluster is stopped.')
    assert.deepEqual(await tracesOf(cluster()), before())
    assert.notEqual((await tryKubectl('get nodes')).code, 0)
    assert.equal(await trierarch('down'), 'The cluster was not running.')
  })
}
