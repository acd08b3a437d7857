import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../../base/clock.node.ts'
import { systemRandom } from '../../../base/random.node.ts'
import type { Pki } from '../../../pki/pki-files.ts'
import { testPki } from '../../../serving/testing.node.ts'
import { startSecureTestServer } from '../../testing-secure.node.ts'
import { statusWith } from '../../testing.node.ts'
import { testDirectory } from '../../webhook-client/testing.node.ts'
import { httpsWebhooks } from '../../webhook-client/webhook-caller.node.ts'
import { kubeconfigUsers } from '../../webhook-client/webhook-users.node.ts'
import { loadPluginSettings } from '../plugins/load-plugin-settings.node.ts'
import { configMap } from '../testing.node.ts'

interface Caller {
  readonly commonName: string | undefined
  readonly authorization: string | undefined
}

/** A webhook that allows everything, to those who show a certificate of its authority. */
async function strictWebhook(t: TestContext, pki: Pki): Promise<{ port: number; seen: Caller[] }> {
  const seen: Caller[] = []
  const tls = {
    cert: pki.apiServer.certPem,
    key: pki.apiServer.keyPem,
    ca: pki.ca.certPem,
    requestCert: true,
    rejectUnauthorized: true,
  }
  const server = createServer(tls, (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate()
    seen.push({
      commonName: String(subject.CN),
      authorization: request.headers.authorization,
    })
    void text(request).then((body) => {
      const { request: asked, ...review } = JSON.parse(body) as { request: { uid: string } }
      response.end(JSON.stringify({ ...review, response: { uid: asked.uid, allowed: true } }))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, seen }
}

type User = Readonly<Record<string, string>>

function kubeconfigText(users: Readonly<Record<string, User>>, current?: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    users: Object.entries(users).map(([name, user]) => ({ name, user })),
    ...(current !== undefined && {
      contexts: [{ name: 'c', context: { cluster: '', user: current } }],
      'current-context': 'c',
    }),
  })
}

function settingsText(kubeConfigFile: string): string {
  return JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: ['MutatingAdmissionWebhook', 'ValidatingAdmissionWebhook'].map((name) => ({
      name,
      configuration: {
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'WebhookAdmissionConfiguration',
        kubeConfigFile,
      },
    })),
  })
}

const PLATFORM = { clock: systemClock, random: systemRandom }

const HOOK = {
  name: 'hook.example.com',
  rules: [
    { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
  ],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
}

test('webhooks that demand a certificate are called with the one that a kubeconfig has for them', async (t) => {
  const directory = await testDirectory(t)
  const pki = testPki()
  const { port, seen } = await strictWebhook(t, pki)
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64')
  const user = {
    'client-certificate-data': base64(pki.admin.certPem),
    'client-key-data': base64(pki.admin.keyPem),
  }
  const kubeconfig = join(directory, 'users')
  await writeFile(kubeconfig, kubeconfigText({ [`127.0.0.1:${port}`]: user }))
  await writeFile(join(directory, 'admission'), settingsText(kubeconfig))
  const settings = await loadPluginSettings(join(directory, 'admission'), PLATFORM)
  const clientConfig = {
    url: `https://127.0.0.1:${port}/`,
    caBundle: base64(pki.ca.certPem),
  }
  const create = async (plugins: object): Promise<void> => {
    using webhooks = httpsWebhooks()
    await using server = await startSecureTestServer({
      webhooks,
      plugins: { disabled: ['ServiceAccount'], ...plugins },
    })
    for (const plural of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']) {
      const configuration = { metadata: { name: 'a' }, webhooks: [{ ...HOOK, clientConfig }] }
      await server.calls('admissionregistration.k8s.io/v1', plural).create(configuration)
    }
    await server.calls('v1', 'configmaps', 'default').create(configMap('a'))
  }

  await create({ settings })
  assert.deepEqual(
    seen.map(({ commonName }) => commonName),
    ['kubernetes-admin', 'kubernetes-admin'],
  )
  await assert.rejects(
    create({}),
    statusWith({ code: 500, message: /failed calling webhook "hook.example.com"/ }),
  )
  assert.equal(seen.length, 2)
})

test('kubeconfigUsers() finds the closest name, with its port and without', async (t) => {
  const file = join(await testDirectory(t), 'users')
  const named = [
    'hook.ns.svc',
    '*.ns.svc',
    '*.svc',
    'example.com:8443',
    '*.example.com:8443',
    '127.0.0.1:443',
  ]
  const users = Object.fromEntries(named.map((name) => [name, { token: name }]))
  const found = async (hostPort: string): Promise<string> => {
    const credentials = await (await kubeconfigUsers(file, systemClock))(hostPort)
    return credentials.type === 'token' ? credentials.token : credentials.type
  }

  await writeFile(file, kubeconfigText({ ...users, '*': { username: 'u', password: 'p' } }))
  assert.equal(await found('hook.ns.svc:443'), 'hook.ns.svc')
  assert.equal(await found('other.ns.svc:443'), '*.ns.svc')
  assert.equal(await found('hook.other.svc:443'), '*.svc')
  assert.equal(await found('hook.ns.svc:8443'), 'basic')
  assert.equal(await found('example.com:8443'), 'example.com:8443')
  assert.equal(await found('a.b.example.com:8443'), '*.example.com:8443')
  assert.equal(await found('127.0.0.1:443'), '127.0.0.1:443')

  await writeFile(file, kubeconfigText({ ...users, me: { token: 'mine' } }, 'me'))
  assert.equal(await found('elsewhere:443'), 'mine')
  await writeFile(file, kubeconfigText(users))
  assert.equal(await found('elsewhere:443'), 'none')
})

test('a WebhookAdmissionConfiguration names its kubeconfig by an absolute path', async (t) => {
  const file = join(await testDirectory(t), 'admission')
  await writeFile(file, settingsText('users'))
  await assert.rejects(loadPluginSettings(file, PLATFORM), {
    message:
      'couldn\'t init admission plugin "MutatingAdmissionWebhook": kubeConfigFile: Invalid value: "users": must be an absolute file path',
  })
})
