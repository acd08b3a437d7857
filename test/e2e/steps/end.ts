import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conformance } from '../../conformance/conformance.ts'
import type { TestCluster } from '../test-cluster.node.ts'
import { tracesOf, type Traces } from '../traces.node.ts'
import { GUESTBOOK, GUESTBOOK_PAGE } from './guestbook.ts'

/** The end of an application, and of the cluster. */
export function endSteps(cluster: () => TestCluster, before: () => Traces): void {
  conformance(
    '[sig-cli] Kubectl client Guestbook application should create and stop a working application [Conformance]',
    async () => {
      const { kubectl, sh } = cluster()
      // It was created by guestbookSteps(), and all that came since has been done to it.
      await kubectl('rollout status deploy/frontend --timeout=180s')
      await sh('client', `/bin/wget -q -O /dev/null '${GUESTBOOK_PAGE}?add=farewell'`)
      assert.match(await sh('client', `/bin/wget -q -O - ${GUESTBOOK_PAGE}`), /^farewell$/m)
      await kubectl(['delete', '-f', GUESTBOOK])
      await kubectl('wait --for=delete pod -l app=guestbook --timeout=180s')
      const left = 'get all,configmaps,secrets,endpointslices -l app=guestbook -o name'
      assert.equal(await kubectl(left), '')
    },
  )

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
