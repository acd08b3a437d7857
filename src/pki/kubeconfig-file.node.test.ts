import assert from 'node:assert/strict'
import { chmod, lstat, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import * as fc from 'fast-check'
import { parse } from 'yaml'
import { type KubeconfigEntry, kubeconfigYaml } from './kubeconfig.ts'
import { mergeKubeconfig, renewKubeconfig, writeKubeconfig } from './kubeconfig-file.node.ts'

const entry: KubeconfigEntry = {
  server: 'https://127.0.0.1:6443',
  caPem: 'ca\n',
  clientCertPem: 'cert\n',
  clientKeyPem: 'key\n',
  cluster: 'trierarch',
  user: 'trierarch-admin',
  context: 'trierarch',
}

const base64 = (text: string): string => new TextEncoder().encode(text).toBase64()

const expected = {
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [
    {
      cluster: { 'certificate-authority-data': base64('ca\n'), server: 'https://127.0.0.1:6443' },
      name: 'trierarch',
    },
  ],
  contexts: [{ context: { cluster: 'trierarch', user: 'trierarch-admin' }, name: 'trierarch' }],
  'current-context': 'trierarch',
  preferences: {},
  users: [
    {
      user: { 'client-certificate-data': base64('cert\n'), 'client-key-data': base64('key\n') },
      name: 'trierarch-admin',
    },
  ],
}

const OTHERS = `# mine
apiVersion: v1
kind: Config
clusters:
- cluster: {server: https://example.com} # prod
  name: prod
- cluster:
    server: https://old
  name: trierarch
contexts: []
current-context: prod
users: null
`

async function kubeconfigPath(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  t.after(() => rm(directory, { recursive: true }))
  return join(directory, 'config')
}

test('kubeconfigYaml() writes what kubectl reads', () => {
  assert.deepEqual(parse(kubeconfigYaml(entry)), expected)
  const { contexts } = parse(kubeconfigYaml({ ...entry, namespace: 'shop' })) as typeof expected
  assert.deepEqual(contexts[0]?.context, { ...expected.contexts[0]?.context, namespace: 'shop' })
})

test('kubeconfigYaml() quotes names as needed, whatever they are', () => {
  const name = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'true',
      'no',
      'null',
      '1',
      '1e3',
      '- a',
      'a: b',
      '#',
      '~',
      '',
      'a #b',
      '0x1',
      '.inf',
      'y',
    ),
  )
  fc.assert(
    fc.property(name, (context) => {
      const read = parse(kubeconfigYaml({ ...entry, context })) as typeof expected
      assert.equal(read['current-context'], context)
      assert.equal(read.contexts[0]?.name, context)
    }),
  )
})

test('writeKubeconfig() writes for the owner alone', async (t) => {
  const path = join(await kubeconfigPath(t), 'deeper')
  await writeKubeconfig(path, entry)
  assert.equal((await stat(path)).mode & 0o777, 0o600)
})

test('mergeKubeconfig() makes the file where there is none', async (t) => {
  const path = await kubeconfigPath(t)
  await mergeKubeconfig(path, entry)
  assert.deepEqual(parse(await readFile(path, 'utf8')), expected)
})

test('mergeKubeconfig() adds its own, replaces its own, and keeps the rest', async (t) => {
  const path = await kubeconfigPath(t)
  await writeFile(path, OTHERS)
  await chmod(path, 0o640)
  await mergeKubeconfig(path, entry)
  await mergeKubeconfig(path, entry)
  const text = await readFile(path, 'utf8')
  assert.ok(text.startsWith('# mine\n') && text.includes('# prod\n'))
  const prod = { cluster: { server: 'https://example.com' }, name: 'prod' }
  const { preferences: _, ...rest } = expected
  assert.deepEqual(parse(text), { ...rest, clusters: [prod, ...expected.clusters] })
  assert.equal((await stat(path)).mode & 0o777, 0o640)
})

test('mergeKubeconfig() writes through a symbolic link', async (t) => {
  const path = await kubeconfigPath(t)
  await writeFile(path, OTHERS)
  await symlink(path, `${path}.link`)
  await mergeKubeconfig(`${path}.link`, entry)
  assert.ok((await lstat(`${path}.link`)).isSymbolicLink())
  assert.match(await readFile(path, 'utf8'), /current-context: trierarch/)
})

test('mergeKubeconfig() leaves a broken file alone and says what is wrong with it', async (t) => {
  const path = await kubeconfigPath(t)
  const cases: readonly (readonly [text: string, reason: RegExp])[] = [
    ['clusters: [\n', /at line \d+, column \d+$/],
    ['- a\n', /it is not a mapping$/],
    ['kind: Pod\n', /its kind is "Pod", not Config$/],
    ['users: {}\n', /its field users is not a list$/],
  ]
  for (const [text, reason] of cases) {
    await writeFile(path, text)
    const error = await mergeKubeconfig(path, entry).then(
      () => undefined,
      (thrown: Error) => thrown,
    )
    assert.match(error?.message ?? '', reason)
    assert.ok(error?.message.startsWith(`Cannot merge into the kubeconfig ${path}: `))
    assert.equal(await readFile(path, 'utf8'), text)
  }
})

test('renewKubeconfig() replaces the certificates of its own cluster, and nothing else', async (t) => {
  const path = await kubeconfigPath(t)
  await renewKubeconfig(path, entry)
  await writeFile(path, OTHERS)
  await renewKubeconfig(path, entry)
  assert.equal(await readFile(path, 'utf8'), OTHERS, 'of another server')
  await mergeKubeconfig(path, entry)
  const other = (await readFile(path, 'utf8')).replace(
    'current-context: trierarch',
    'current-context: prod',
  )
  await writeFile(path, other)
  await renewKubeconfig(path, { ...entry, clientCertPem: 'newer\n' })
  const text = await readFile(path, 'utf8')
  assert.equal(text, other.replace(base64('cert\n'), base64('newer\n')))
})
