import assert from 'node:assert/strict'
import { test } from 'node:test'
import { busyboxArchive } from '../../images/busybox-archive.node.ts'
import { scratchFile, type TestCluster } from '../test-cluster.node.ts'

const INDEX = new TextEncoder().encode('hello from a chart\n')
/** Serves a page where a chart that `helm create` made expects one. Its shell ends when it is told to; httpd would not. */
const WEB_SERVER = {
  cmd: ['sh', '-c', "trap 'exit 0' TERM; httpd -f -p 80 -h /www & wait"],
  files: [{ path: 'www/index.html', type: 'file', content: INDEX }],
} as const

/** From nothing to a cluster with the images that the other steps use. */
export function startSteps(cluster: () => TestCluster): void {
  test('up starts a cluster and prints each step with its milliseconds', async () => {
    const { trierarch, dataDir } = cluster()
    const said = await trierarch('up', '--listen=127.0.0.1:0', '--node=containerd', '--detach')
    for (const step of ['store', 'API server ready', 'container runtime', 'node ready'])
      assert.match(said, new RegExp(`^${step} +\\d+ ms`, 'm'))
    assert.ok(said.includes(`export KUBECONFIG=${dataDir}/kubeconfig`), said)
  })

  test('up again says where the cluster runs and changes nothing', async () => {
    const { trierarch } = cluster()
    const before = JSON.parse(await trierarch('status', '-o', 'json')) as Status
    assert.equal(before.health, 'ok')
    assert.match(before.version, /^v1\.36\.\d+$/)
    assert.equal(await trierarch('up', '--detach'), `The cluster runs already at ${before.server}.`)
    assert.deepEqual(JSON.parse(await trierarch('status', '-o', 'json')), before)
  })

  test('image load puts OCI and docker archives into the node', async () => {
    const wanted = [
      { name: 'docker.io/library/busybox:1.37' },
      { name: 'docker.io/library/busybox:1.38', format: 'docker' },
      { name: 'localhost/web:1', ...WEB_SERVER },
      { name: 'localhost/web:2', ...WEB_SERVER, config: { Env: ['PATH=/bin', 'RELEASE=2'] } },
    ] as const
    const files = await Promise.all(
      wanted.map(async (image, index) =>
        scratchFile(cluster(), `image-${index}.tar`, await busyboxArchive(image)),
      ),
    )
    const names = wanted.map(({ name }) => name)
    assert.deepEqual((await cluster().trierarch('image', 'load', ...files)).split('\n'), names)
    const listed = await cluster().trierarch('image', 'ls')
    for (const name of names) assert.ok(listed.includes(name), listed)

    const noImage = await scratchFile(cluster(), 'no-image.tar', 'no image')
    await assert.rejects(
      cluster().trierarch('image', 'load', noImage),
      /\nCannot load [^\n]*no-image\.tar: it is neither an OCI nor a docker image archive\.\n$/,
    )
  })

  test('kubectl finds the node ready', async () => {
    await cluster().kubectl('wait --for=condition=Ready node --all --timeout=180s')
    const nodes = await cluster().kubectl('get nodes -o wide')
    assert.match(nodes, /containerd:\/\/\d/)
    assert.ok(nodes.includes(cluster().machine.address), nodes)
  })
}

interface Status {
  readonly health: string
  readonly version: string
  readonly server: string
}
