import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../../../src/base/async-eventually.node.ts'
import type { TestCluster } from '../test-cluster.node.ts'

const WAIT = '--wait --timeout=180s'

/** The life of a Helm release. */
export function helmSteps(cluster: () => TestCluster): void {
  const chart = (): string => join(cluster().scratch, 'web')
  const image = (tag: string): string => `--set image.repository=localhost/web,image.tag=${tag}`
  const page = (): Promise<string> =>
    cluster().sh('client', '/bin/wget -q -O - http://shop-web/index.html')
  const images = (): Promise<string> =>
    cluster().kubectl(
      'get pods -l app.kubernetes.io/instance=shop -o jsonpath={.items[*].spec.containers[*].image}',
    )

  test('helm install runs the chart that helm create made', async () => {
    const { helm } = cluster()
    await helm(`create ${chart()}`)
    const said = await helm(`install shop ${chart()} ${image('1')} ${WAIT}`)
    assert.match(said, /^STATUS: deployed$/m)
    assert.equal(await page(), 'hello from a chart')
    assert.match(await helm('list'), /^shop\s+default\s+1\s+.*deployed\s+web-0\.1\.0/m)
  })

  test('helm upgrade and helm rollback change the release and back', async () => {
    const { helm, kubectl } = cluster()
    await helm(`upgrade shop ${chart()} ${image('2')} --set replicaCount=2 ${WAIT}`)
    await eventually(async () => (await images()) === 'localhost/web:2 localhost/web:2')
    await helm(`rollback shop 1 ${WAIT}`)
    await eventually(async () => (await images()) === 'localhost/web:1')
    assert.equal(await kubectl('get deploy shop-web -o jsonpath={.spec.replicas}'), '1')
    assert.equal(await page(), 'hello from a chart')
    assert.match(await helm('history shop'), /^3\s.*deployed.*Rollback to 1/m)
  })

  test('helm uninstall leaves nothing of the release', async () => {
    const { helm, kubectl } = cluster()
    assert.match(await helm(`uninstall shop ${WAIT}`), /release "shop" uninstalled/)
    const left = 'get all,serviceaccounts,secrets -l app.kubernetes.io/instance=shop -o name'
    await eventually(async () => (await kubectl(left)) === '')
    assert.equal(await helm('list -q'), '')
  })
}
