import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { nodeCrypto } from '../../src/base/crypto.node.ts'
import { virtualClock } from '../../src/base/virtual-clock.node.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { openImageStore } from '../../src/kubelet/containerd/image-store.node.ts'
import { imageManager, type ImageRequest } from '../../src/kubelet/images/image-manager.ts'
import type { EnsuredImage, PullPolicy } from '../../src/kubelet/images/image-plan.ts'
import { pullRecords } from '../../src/kubelet/images/pull-records.ts'
import { loadImages, type LoadedImages } from '../../src/kubelet/images/load.node.ts'
import { busyboxArchive, busyboxImage } from '../images/busybox-archive.node.ts'
import { testRegistry } from '../images/registry.node.ts'
import { IMAGE, testNode, whyNoContainers, type TestNode } from './test-node.node.ts'

const skip = await whyNoContainers()

describe('loadImages()', { skip }, () => {
  let node: TestNode
  before(async () => {
    node = await testNode()
  })
  after(() => node[Symbol.asyncDispose]())

  const load = async (name: string, content: Uint8Array): Promise<readonly LoadedImages[]> => {
    const file = join(node.dataDir, name)
    await writeFile(file, content)
    const store = await openImageStore({ dataDir: node.dataDir, crypto: nodeCrypto() })
    return loadImages(store, node.images, [file])
  }

  test('takes OCI and docker archives, plain and compressed', async () => {
    const oci = await busyboxArchive({ name: 'localhost/oci:1' })
    const docker = await busyboxArchive({ name: 'docker:1', format: 'docker' })
    const loaded = [
      await load('oci.tar', oci),
      await load('oci.tar.gz', gzipSync(oci)),
      await load('oci.tar.zst', zstdCompressSync(oci)),
      await load('docker.tar', docker),
      await load('short.tar', await busyboxArchive({ name: 'short' })),
    ]
    assert.deepEqual(
      loaded.flat().map(({ names }) => names),
      [
        ['localhost/oci:1'],
        ['localhost/oci:1'],
        ['localhost/oci:1'],
        ['docker.io/library/docker:1'],
        ['docker.io/library/short:latest'],
      ],
    )
    assert.ok(await node.images.imageStatus({ image: 'docker:1' }))
  })

  test('refuses what is no archive in one sentence', async () => {
    const notArchive = /^Cannot load \S+: it is neither an OCI nor a docker image archive$/
    await assert.rejects(load('text', new TextEncoder().encode('hello')), { message: notArchive })
    await assert.rejects(load('empty', new Uint8Array()), { message: notArchive })
    await assert.rejects(load('blank.tar', new Uint8Array(10_240)), { message: notArchive })
    const broken = gzipSync(await busyboxArchive({ name: 'localhost/oci:1' })).subarray(0, 5000)
    await assert.rejects(load('broken.gz', broken), { message: notArchive })
    const store = await openImageStore({ dataDir: node.dataDir, crypto: nodeCrypto() })
    await assert.rejects(loadImages(store, node.images, ['/nowhere.tar']), {
      message: 'Cannot load /nowhere.tar: there is no such file',
    })
  })
})

describe('imageManager()', { skip }, () => {
  let node: TestNode
  before(async () => {
    node = await testNode()
  })
  after(() => node[Symbol.asyncDispose]())

  type Outcome = EnsuredImage & { readonly events: readonly string[] }
  const start = () => {
    const clock = virtualClock()
    const manager = imageManager({ images: node.images, clock })
    const ensure = async (
      request: Pick<ImageRequest, 'image' | 'policy'> & Partial<ImageRequest>,
    ): Promise<Outcome> => {
      const events: string[] = []
      const report: ImageRequest['report'] = ({ type, reason, message }) =>
        events.push(`${type} ${reason} ${message}`)
      return { ...(await manager.ensureImage({ podUID: 'uid', report, ...request })), events }
    }
    return { clock, ensure }
  }

  test('uses an image that is there', async () => {
    const { ensure } = start()
    const outcome = await ensure({ image: IMAGE, policy: 'IfNotPresent' })
    assert.equal(
      outcome.ok && outcome.imageRef,
      (await node.images.imageStatus({ image: IMAGE }))?.id,
    )
    assert.deepEqual(outcome.events, [
      `Normal Pulled Container image "${IMAGE}" already present on machine and can be accessed by the pod`,
    ])
  })

  test('refuses what its policy or its name forbids', async () => {
    const { ensure } = start()
    assert.deepEqual(await ensure({ image: 'localhost/missing', policy: 'Never' }), {
      ok: false,
      reason: 'ErrImageNeverPull',
      message: 'Container image "localhost/missing" is not present with pull policy of Never',
      events: [
        'Warning ErrImageNeverPull Container image "localhost/missing" is not present with pull policy of Never',
      ],
    })
    const named = await ensure({ image: 'Bad Name', policy: 'Always' })
    assert.equal(named.ok ? '' : named.reason, 'InvalidImageName')
    assert.match(
      named.events[0]!,
      /^Warning InspectFailed Failed to apply default image tag "Bad Name": couldn't parse image name "Bad Name": invalid reference format/,
    )
  })

  test('pulls what is missing, and each time where the policy says so', async () => {
    await using registry = await testRegistry([
      await busyboxImage({ name: 'tool:1', cmd: ['true'] }),
    ])
    const { ensure } = start()
    const image = `${registry.host}/tool:1`
    const first = await ensure({ image, policy: 'IfNotPresent' })
    assert.equal(first.ok && first.imageRef, (await node.images.imageStatus({ image }))?.id)
    assert.equal(first.events[0], `Normal Pulling Pulling image "${image}"`)
    assert.match(
      first.events[1]!,
      new RegExp(
        `^Normal Pulled Successfully pulled image "${image}" in \\S+ \\(\\S+ including waiting\\)\\. Image size: \\d{7} bytes\\.$`,
      ),
    )
    const asked = registry.requests.length
    assert.match((await ensure({ image, policy: 'IfNotPresent' })).events[0]!, /already present/)
    assert.equal(registry.requests.length, asked)
    assert.match(
      (await ensure({ image, policy: 'Always' })).events[1]!,
      /^Normal Pulled Successfully/,
    )
    assert.ok(registry.requests.length > asked)
  })

  test('backs off from an image that cannot be pulled, and tells why', async () => {
    await using registry = await testRegistry([])
    const { clock, ensure } = start()
    const image = `${registry.host}/missing:1`
    const failed = await ensure({ image, policy: 'IfNotPresent' })
    assert.ok(!failed.ok && failed.reason === 'ErrImagePull')
    assert.match(failed.message, /^rpc error: code = NotFound desc = .*missing:1: not found$/)
    assert.deepEqual(failed.events, [
      `Normal Pulling Pulling image "${image}"`,
      `Warning Failed Failed to pull image "${image}": ${failed.message}`,
    ])

    const waiting = await ensure({ image, policy: 'IfNotPresent' })
    assert.ok(!waiting.ok && waiting.reason === 'ImagePullBackOff')
    assert.equal(
      waiting.message,
      `Back-off pulling image "${image}": ErrImagePull: ${failed.message}`,
    )
    assert.deepEqual(waiting.events, [`Normal BackOff Back-off pulling image "${image}"`])
    const other = await ensure({ image, policy: 'IfNotPresent', podUID: 'another' })
    assert.equal(other.ok ? '' : other.reason, 'ErrImagePull')

    await clock.advance(10_000)
    const again = await ensure({ image, policy: 'IfNotPresent' })
    assert.equal(again.ok ? '' : again.reason, 'ErrImagePull')
  })

  test('tries one credential after the other', async () => {
    const login = 'user:secret'
    await using registry = await testRegistry(
      [await busyboxImage({ name: 'private:1', cmd: ['false'] })],
      { login },
    )
    const { ensure } = start()
    const request = { image: `${registry.host}/private:1`, policy: 'Always' } as const
    const anonymous = await ensure({ ...request, podUID: 'anonymous' })
    assert.equal(anonymous.ok, false)
    const credentials = async () => [
      { auth: { username: 'user', password: 'wrong' } },
      { auth: { username: 'user', password: 'secret' } },
    ]
    assert.equal((await ensure({ ...request, credentials })).ok, true)
  })

  test('lets no Pod have what the Secret of another has brought', async () => {
    await using registry = await testRegistry(
      [await busyboxImage({ name: 'owned:1', cmd: ['false'] })],
      { login: 'user:secret' },
    )
    const records = pullRecords({
      policy: 'NeverVerifyPreloadedImages',
      allowlist: [],
      logger: silentLogger,
      saved: '',
      save: async () => undefined,
    })
    const manager = imageManager({ images: node.images, clock: virtualClock(), records })
    const image = `${registry.host}/owned:1`
    let asked = 0
    const ensure = (podUID: string, policy: PullPolicy, isOwner: boolean) =>
      manager.ensureImage({
        podUID,
        image,
        policy,
        report: () => undefined,
        credentials: async () => {
          asked += 1
          const auth = { username: 'user', password: 'secret' }
          const secret = { namespace: 'ns', name: 's', uid: '1', hash: 'h' }
          return isOwner ? [{ auth, secret }] : []
        },
      })
    assert.equal((await ensure('owner', 'IfNotPresent', true)).ok, true)
    assert.equal((await ensure('friend', 'Never', true)).ok, true)
    const refused = await ensure('other', 'Never', false)
    assert.equal(refused.ok ? '' : refused.reason, 'ErrImageNeverPull')
    const failed = await ensure('other', 'IfNotPresent', false)
    assert.equal(failed.ok ? '' : failed.reason, 'ErrImagePull')
    assert.equal(asked, 4) // Once each, also where they prove nothing and then pull.
  })
})
