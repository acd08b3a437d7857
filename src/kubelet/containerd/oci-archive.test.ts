import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { dockerArchive, ociArchive } from './oci-archive.ts'
import { tarArchive } from './tar.ts'

const run = promisify(execFile)
const crypto = nodeCrypto()
const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const image = {
  name: 'localhost/test:1',
  architecture: 'amd64',
  config: { Cmd: ['sh'] },
  layers: [tarArchive([{ path: 'hello', type: 'file', content: text('hello\n') }])],
} as const

test('tarArchive() writes what tar reads', async () => {
  const archive = tarArchive([
    { path: 'bin', type: 'directory' },
    { path: 'bin/tool', type: 'file', content: text('x'.repeat(513)), mode: 0o755 },
    { path: 'bin/alias', type: 'symlink', target: 'tool' },
    { path: 'tmp', type: 'directory', mode: 0o1777 },
  ])
  await unpacked(archive, async (directory) => {
    const { stdout } = await run('tar', [
      '--utc',
      '--numeric-owner',
      '-tvf',
      join(directory, 'archive.tar'),
    ])
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.replaceAll(/ +/g, ' ')),
      [
        'drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/',
        '-rwxr-xr-x 0/0 513 1970-01-01 00:00 bin/tool',
        'lrwxrwxrwx 0/0 0 1970-01-01 00:00 bin/alias -> tool',
        'drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/',
      ],
    )
    assert.equal(await readFile(join(directory, 'bin/alias'), 'utf8'), 'x'.repeat(513))
  })
})

test('tarArchive() refuses a path that does not fit', () => {
  assert.throws(() => tarArchive([{ path: 'x'.repeat(101), type: 'directory' }]), RangeError)
})

test('ociArchive() is an image layout whose parts are named by their hashes', async () => {
  const archive = ociArchive(image, crypto)
  assert.deepEqual(ociArchive(image, crypto), archive)
  await unpacked(archive, async (directory) => {
    const json = async (path: string): Promise<OciJson> =>
      JSON.parse(await readFile(join(directory, path), 'utf8')) as OciJson
    const layout = JSON.parse(await readFile(join(directory, 'oci-layout'), 'utf8')) as object
    assert.deepEqual(layout, { imageLayoutVersion: '1.0.0' })
    const descriptor = (await json('index.json')).manifests[0]!
    assert.equal(descriptor.annotations['org.opencontainers.image.ref.name'], 'localhost/test:1')

    const manifest = await json(blob(descriptor))
    const config = await json(blob(manifest.config))
    const layer = await readFile(join(directory, blob(manifest.layers[0]!)))
    assert.deepEqual(config.config, { Cmd: ['sh'] })
    assert.equal(`sha256:${crypto.hashHex('sha256', layer)}`, config.rootfs.diff_ids[0])
    assert.equal(manifest.layers[0]!.size, layer.length)
  })
})

test('dockerArchive() names the image and its layers in manifest.json', async () => {
  await unpacked(dockerArchive(image, crypto), async (directory) => {
    const [manifest] = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')) as {
      RepoTags: string[]
      Layers: string[]
    }[]
    assert.ok(manifest)
    assert.deepEqual(manifest.RepoTags, ['localhost/test:1'])
    const layer = await readFile(join(directory, manifest.Layers[0]!))
    assert.deepEqual(new Uint8Array(layer), image.layers[0])
  })
})

/** What the JSON files of an image layout may hold, as far as it is looked at here. */
interface OciJson {
  readonly manifests: readonly Descriptor[]
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly rootfs: { readonly diff_ids: readonly string[] }
}

interface Descriptor {
  readonly digest: string
  readonly size: number
  readonly annotations: Readonly<Record<string, string>>
}

function blob({ digest }: Descriptor): string {
  return `blobs/${digest.replace(':', '/')}`
}

async function unpacked(
  archive: Uint8Array,
  check: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-archive-'))
  try {
    await writeFile(join(directory, 'archive.tar'), archive)
    await run('tar', ['-xf', 'archive.tar'], { cwd: directory })
    await check(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}
