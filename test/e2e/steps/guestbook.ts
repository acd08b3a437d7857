import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../../../src/base/async-eventually.node.ts'
import { ROOT, type TestCluster } from '../test-cluster.node.ts'
import { shellPod } from '../shell-pod.ts'

export const GUESTBOOK = join(ROOT, 'examples', 'guestbook')
export const GUESTBOOK_PAGE = 'http://frontend/cgi-bin/guestbook.cgi'
const REQUESTS_MIN = 5 // Of each release that a request loop must have met.

/** The application of examples/guestbook: applied, reached, updated, rolled back, scaled, healed. */
export function guestbookSteps(cluster: () => TestCluster): void {
  const rolledOut = (name: string): Promise<string> =>
    cluster().kubectl(`rollout status deploy/${name} --timeout=180s`)
  const frontends = async (): Promise<string[]> =>
    (await cluster().kubectl('get pods -l tier=frontend -o name')).split('\n').toSorted()

  test('kubectl apply rolls out the guestbook', async () => {
    const { apply, kubectl } = cluster()
    await Promise.all([kubectl(['apply', '-f', GUESTBOOK]), apply(shellPod('client'))])
    assert.match(await rolledOut('store'), /successfully rolled out/)
    assert.match(await rolledOut('frontend'), /successfully rolled out/)
    await kubectl('wait --for=condition=Ready pod/client --timeout=180s')
    const all = await kubectl('get all -o wide')
    assert.match(all, /^pod\/frontend-\S+ +1\/1 +Running +0 +\S+ +10\.244\./m)
    assert.match(all, /^service\/frontend +ClusterIP +10\.96\.\S+ +<none> +80\/TCP/m)
    assert.match(all, /^deployment\.apps\/frontend +3\/3 +3 +3 /m)
    assert.match(all, /^replicaset\.apps\/store-\S+ +1 +1 +1 /m)
  })

  test('a Service reached by its name answers from its three Pods in strict rotation', async () => {
    const script = `for i in 1 2 3 4 5 6 7 8 9; do /bin/wget -q -O - ${GUESTBOOK_PAGE} | head -n 1; done`
    const names = (await cluster().sh('client', script))
      .split('\n')
      .map((line) => line.replace('Welcome from ', 'pod/'))
    assert.deepEqual(names.slice(0, 3).toSorted(), await frontends())
    assert.deepEqual(
      names,
      [1, 2, 3].flatMap(() => names.slice(0, 3)),
    )
  })

  test('what one Pod was told, another one tells', async () => {
    const { sh } = cluster()
    await sh('client', `/bin/wget -q -O /dev/null '${GUESTBOOK_PAGE}?add=ahoy'`)
    assert.match(
      await sh('client', `/bin/wget -q -O - ${GUESTBOOK_PAGE}`),
      /^Welcome from .*\nahoy$/,
    )
  })

  test('a rolling update loses no request', async () => {
    const { kubectl, sh } = cluster()
    await using loop = cluster().startKubectl(['exec', 'client', '--', 'sh', '-c', REQUEST_LOOP])
    const old = await frontends()
    const answers = (greeting: string): number =>
      loop.printed().split(`${greeting} from`).length - 1
    await eventually(() => answers('Welcome') >= REQUESTS_MIN)
    await kubectl('set env deploy/frontend GREETING=Hello')
    await rolledOut('frontend')
    await eventually(() => answers('Hello') >= REQUESTS_MIN)
    // The Pods of the old release still end; requests go on meanwhile.
    await kubectl(['wait', '--for=delete', '--timeout=180s', ...old])
    await sh('client', 'touch /tmp/stop')
    assert.equal(await loop.ended, 0)
    const lines = loop.printed().trim().split('\n')
    assert.deepEqual(
      lines.filter((line) => !/^(Welcome|Hello) from frontend-/.test(line)),
      [],
    )
  })

  test('a new image is rolled out and undone', async () => {
    const { kubectl } = cluster()
    const images = async (): Promise<string> =>
      kubectl('get deploy frontend -o jsonpath={.spec.template.spec.containers[*].image}')
    await kubectl('set image deploy/frontend httpd=busybox:1.38')
    await rolledOut('frontend')
    assert.equal(await images(), 'busybox:1.38')
    const history = await kubectl('rollout history deploy/frontend')
    assert.match(history, /^3 +<none>$/m)
    await kubectl('rollout undo deploy/frontend')
    await rolledOut('frontend')
    assert.equal(await images(), 'busybox:1.37')
    const pods = 'get pods -l tier=frontend -o jsonpath={.items[*].spec.containers[*].image}'
    await eventually(async () => (await kubectl(pods)) === Array(3).fill('busybox:1.37').join(' '))
  })

  test('a Deployment is scaled up and down', async () => {
    const { kubectl } = cluster()
    for (const replicas of [5, 2]) {
      await kubectl(`scale deploy/frontend --replicas=${replicas}`)
      await rolledOut('frontend')
      await eventually(async () => (await frontends()).length === replicas)
    }
  })

  test('a Pod that was deleted is replaced', async () => {
    const [gone, stays] = await frontends()
    await cluster().kubectl(`delete ${gone}`)
    await rolledOut('frontend')
    const now = await frontends()
    assert.equal(now.length, 2)
    assert.ok(now.includes(stays!))
    assert.ok(!now.includes(gone!))
  })
}

/** One line for each answer, until /tmp/stop is there. */
const REQUEST_LOOP = `
while [ ! -e /tmp/stop ]; do
  /bin/wget -q -O /tmp/page ${GUESTBOOK_PAGE} || echo LOST
  head -n 1 /tmp/page
done
`
