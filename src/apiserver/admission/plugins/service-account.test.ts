import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '../../../api/core/v1/pod.ts'
import { virtualClock } from '../../../base/virtual-clock.node.ts'
import { startSecureTestServer, type SecureTestServer } from '../../testing-secure.node.ts'
import { statusWith } from '../../testing.node.ts'

async function withAccount(fields: object = {}): Promise<SecureTestServer> {
  const api = await startSecureTestServer()
  await api
    .calls('v1', 'serviceaccounts', 'default')
    .create({ metadata: { name: 'default' }, ...fields })
  return api
}

async function create(api: SecureTestServer, spec: object, metadata: object = {}): Promise<Pod> {
  const containers = [{ name: 'c', image: 'i' }]
  const body = { metadata: { name: 'p', ...metadata }, spec: { containers, ...spec } }
  return (await api.calls('v1', 'pods', 'default').create(body)) as unknown as Pod
}

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'

test('a Pod gets the default account and a volume with all it needs to call the API', async () => {
  await using api = await withAccount()
  const { spec } = await create(api, { initContainers: [{ name: 'i', image: 'i' }] })
  assert.equal(spec.serviceAccountName, 'default')
  assert.equal(spec.serviceAccount, 'default')
  const [volume] = spec.volumes!
  assert.match(volume!.name, /^kube-api-access-[a-z0-9]{5}$/)
  assert.deepEqual(volume!.projected, {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [
            { path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } },
          ],
        },
      },
    ],
  })
  for (const { volumeMounts } of [...spec.containers, ...spec.initContainers!]) {
    assert.deepEqual(volumeMounts, [{ name: volume!.name, readOnly: true, mountPath: MOUNT_PATH }])
  }
})

const cases: readonly (readonly [string, object, object, boolean])[] = [
  ['the account says no', { automountServiceAccountToken: false }, {}, false],
  ['the Pod says no', {}, { automountServiceAccountToken: false }, false],
  [
    'the Pod knows better',
    { automountServiceAccountToken: false },
    { automountServiceAccountToken: true },
    true,
  ],
]

for (const [what, account, spec, mounted] of cases) {
  test(`a token is mounted or not: ${what}`, async () => {
    await using api = await withAccount(account)
    const pod = await create(api, spec)
    assert.equal(pod.spec.volumes !== undefined, mounted)
  })
}

test('a container with something there already is left alone', async () => {
  await using api = await withAccount()
  const { spec } = await create(api, {
    containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'own', mountPath: MOUNT_PATH }] }],
    volumes: [{ name: 'own', emptyDir: {} }],
  })
  assert.deepEqual(
    spec.volumes!.map(({ name }) => name),
    ['own'],
  )
})

test('secrets to pull images come from the account, unless the Pod has its own', async () => {
  await using api = await withAccount({ imagePullSecrets: [{ name: 'a' }] })
  assert.deepEqual((await create(api, {})).spec.imagePullSecrets, [{ name: 'a' }])
  const own = await create(api, { imagePullSecrets: [{ name: 'b' }] }, { name: 'q' })
  assert.deepEqual(own.spec.imagePullSecrets, [{ name: 'b' }])
})

test('an account that is not there is named', async () => {
  await using api = await withAccount()
  await assert.rejects(
    create(api, { serviceAccountName: 'foo' }),
    statusWith({
      code: 403,
      message:
        'pods "p" is forbidden: error looking up service account default/foo: serviceaccount "foo" not found',
    }),
  )
})

test('a Pod waits a moment for the default account of its namespace', async () => {
  await using api = await startSecureTestServer()
  const pod = create(api, {})
  await api.calls('v1', 'serviceaccounts', 'default').create({ metadata: { name: 'default' } })
  assert.equal((await pod).spec.serviceAccountName, 'default')
})

test('a Pod does not wait for ever', async () => {
  const clock = virtualClock()
  await using api = await startSecureTestServer({ clock })
  const pod = assert.rejects(
    create(api, {}),
    statusWith({ code: 403, message: /default\/default: serviceaccount "default" not found$/ }),
  )
  await clock.advance(1500)
  await pod
})

test('a mirror Pod gets nothing, and may not ask for it', async () => {
  await using api = await withAccount()
  const mirror = { annotations: { 'kubernetes.io/config.mirror': 'x' } }
  const { spec } = await create(api, { nodeName: 'n' }, mirror)
  assert.equal(spec.volumes, undefined)
  assert.equal(spec.serviceAccountName, undefined)
  const refused: readonly (readonly [object, string])[] = [
    [{ serviceAccountName: 'default' }, 'a mirror pod may not reference service accounts'],
    [
      { volumes: [{ name: 's', secret: { secretName: 's' } }] },
      'a mirror pod may not reference secrets',
    ],
    [
      {
        volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }],
      },
      'a mirror pod may not use service account token volume projections',
    ],
  ]
  for (const [more, text] of refused) {
    await assert.rejects(
      create(api, { nodeName: 'n', ...more }, { ...mirror, name: 'm' }),
      statusWith({ code: 403, message: `pods "m" is forbidden: ${text}` }),
    )
  }
})
