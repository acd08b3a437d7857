import { strict as assert } from 'node:assert'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadKubeconfig } from './kubeconfig.node.ts'
import { KubeconfigError, parseKubeconfig, resolveContext } from './kubeconfig.ts'

function config(cluster: object, user: object): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'a',
    clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
    users: [{ name: 'a', user }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
  })
}

const BROKEN: readonly (readonly [string, string])[] = [
  ['a: [', 'Cannot use kubeconfig k: '],
  ['just text', 'Cannot use kubeconfig k: it is not a YAML mapping'],
  ['kind: Pod', 'Cannot use kubeconfig k: its kind is "Pod", not "Config"'],
  ['clusters: 5', 'Cannot use kubeconfig k: clusters is not a list'],
  ['users: [{user: {}}]', 'Cannot use kubeconfig k: users[0] has no name'],
  ['contexts: [{name: a}]', 'Cannot use kubeconfig k: contexts[0] has no context'],
  ['{}', 'Cannot use kubeconfig k: it has no current-context'],
  ['current-context: x', 'Cannot use kubeconfig k: it has no context "x"'],
  [
    'current-context: x\ncontexts: [{name: x, context: {cluster: c}}]',
    'Cannot use kubeconfig k: context "x" names the unknown cluster "c"',
  ],
  [
    'current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {}}]',
    'Cannot use kubeconfig k: cluster "c" has no valid server URL',
  ],
]

test('a broken kubeconfig is refused in one sentence', () => {
  for (const [text, message] of BROKEN) {
    assert.throws(
      () => resolveContext(parseKubeconfig(text, 'k'), 'k'),
      (error) =>
        error instanceof KubeconfigError &&
        error.message.startsWith(message) &&
        !error.message.includes('\n'),
    )
  }
})

test('loadKubeconfig() reads certificates from the entry, and from files beside it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  try {
    const path = join(directory, 'config')
    const user = { 'client-certificate-data': btoa('CERT'), 'client-key-data': btoa('KEY') }
    await writeFile(path, config({ 'certificate-authority-data': btoa('CA') }, user))
    assert.deepEqual(await loadKubeconfig(path), {
      server: 'https://127.0.0.1:6443',
      ca: 'CA',
      credentials: { type: 'certificate', cert: 'CERT', key: 'KEY' },
      namespace: 'default',
    })
    await writeFile(path, config({ 'certificate-authority': 'ca.crt' }, { token: 'T' }))
    await assert.rejects(loadKubeconfig(path), /ca\.crt does not exist$/)
    await writeFile(join(directory, 'ca.crt'), 'FILE')
    const loaded = await loadKubeconfig(path)
    assert.deepEqual([loaded.ca, loaded.credentials], ['FILE', { type: 'token', token: 'T' }])
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('loadKubeconfig() says so where there is no file', async () => {
  await assert.rejects(
    loadKubeconfig('/does/not/exist'),
    /^KubeconfigError: Cannot use kubeconfig \/does\/not\/exist: it does not exist$/,
  )
})
