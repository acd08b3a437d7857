import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { RequestOptions } from 'node:https'
import type { OutgoingHttpHeaders } from 'node:http'
import { ask1, ask2, connect2, testServer } from '../../serving/testing.node.ts'
import type { Pki } from '../../pki/pki-files.ts'
import { startSecureTestServer, type SecureTestServer } from '../testing-secure.node.ts'
import { anonymousGate } from './anonymous.ts'
import { REQUEST_HEADERS } from './request-header.ts'

const SELF = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

type Options = NonNullable<Parameters<typeof startSecureTestServer>[0]>

interface Served {
  readonly api: SecureTestServer
  readonly pki: Pki
  readonly port: number
  /** Who the server holds the sender of a request to be; a status code where it refuses. */
  readonly whoAmI: (
    headers?: OutgoingHttpHeaders,
    tls?: Pick<RequestOptions, 'cert' | 'key'>,
  ) => Promise<unknown>
}

async function served(t: TestContext, options: Options = {}): Promise<Served> {
  const api = await startSecureTestServer(options)
  t.after(() => api[Symbol.asyncDispose]())
  const { server, pki } = await testServer(t, api.server.handle)
  return {
    api,
    pki,
    port: server.port,
    async whoAmI(headers = {}, tls = {}) {
      const { status, body } = await ask1(server.port, SELF, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{}',
        ...tls,
      })
      if (status !== 201) return status
      return (JSON.parse(body.toString()) as { status: { userInfo: unknown } }).status.userInfo
    },
  }
}

function certificate({ certPem, keyPem }: Pki['admin']): Pick<RequestOptions, 'cert' | 'key'> {
  return { cert: certPem, key: keyPem }
}

const FRONT = { requestHeader: REQUEST_HEADERS }

test('a front proxy speaks for users, with groups, UID and extras, also such as hold commas', async (t) => {
  const { whoAmI, pki } = await served(t, { access: FRONT })
  const headers = {
    'X-Remote-User': 'jane',
    'X-Remote-Uid': '7',
    'X-Remote-Group': ['a,b', 'c'],
    'X-Remote-Extra-dn': 'cn=jane,ou=engineers',
    'X-Remote-Extra-Acme.com%2Fproject': 'p',
  }
  assert.deepEqual(await whoAmI(headers, certificate(pki.frontProxyClient)), {
    username: 'jane',
    uid: '7',
    groups: ['a,b', 'c', 'system:authenticated'],
    extra: { dn: ['cn=jane,ou=engineers'], 'acme.com/project': ['p'] },
  })
})

test('nobody else is believed to be a front proxy', async (t) => {
  const { whoAmI, pki } = await served(t, { access: FRONT })
  const headers = { 'X-Remote-User': 'admin', 'X-Remote-Group': 'system:masters' }
  assert.equal(await whoAmI(headers), 401)
  const { username, groups } = (await whoAmI(headers, certificate(pki.scheduler))) as {
    readonly username: string
    readonly groups: readonly string[]
  }
  assert.deepEqual([username, groups], ['system:kube-scheduler', ['system:authenticated']])
})

test('a front proxy must have one of the names that are allowed', async (t) => {
  const requestHeader = { ...REQUEST_HEADERS, allowedNames: ['other'] }
  const { whoAmI, pki } = await served(t, { access: { requestHeader } })
  const headers = { 'X-Remote-User': 'jane' }
  assert.equal(await whoAmI(headers, certificate(pki.frontProxyClient)), 401)
})

test('a front proxy that names nobody is nobody', async (t) => {
  const { whoAmI, pki } = await served(t, { access: FRONT })
  assert.equal(await whoAmI({}, certificate(pki.frontProxyClient)), 401)
})

test('impersonation keeps values with commas whole, with both versions of HTTP', async (t) => {
  const { whoAmI, pki, port } = await served(t)
  const headers = {
    'Impersonate-User': 'jane',
    'Impersonate-Uid': 'u',
    'Impersonate-Group': ['dev,ops', 'x'],
    'Impersonate-Extra-scopes': ['view', 'edit'],
    'Impersonate-Extra-Acme.com%2Fdn': 'cn=a,ou=b',
  }
  const expected = {
    username: 'jane',
    uid: 'u',
    groups: ['dev,ops', 'x', 'system:authenticated'],
    extra: { scopes: ['view', 'edit'], 'acme.com/dn': ['cn=a,ou=b'] },
  }
  assert.deepEqual(await whoAmI(headers, certificate(pki.admin)), expected)
  const session = await connect2(t, port, { cert: pki.admin.certPem, key: pki.admin.keyPem })
  const { status, body } = await ask2(session, SELF, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{}',
  })
  assert.equal(status, 201)
  const { userInfo } = (JSON.parse(body.toString()) as { status: { userInfo: unknown } }).status
  assert.deepEqual(userInfo, expected)
})

test('nobody is let in where the gate says so, and nowhere else', async (t) => {
  const gates = [
    [undefined, 200, 401, 403],
    [{ enabled: false }, 401, 401, 401],
    [{ enabled: true }, 200, 403, 403],
    [{ enabled: true, paths: ['/api/v1/nodes'] }, 401, 403, 401],
  ] as const
  for (const [access, ...expected] of gates) {
    const { port } = await served(t, { access: { allowsAnonymous: anonymousGate(access) } })
    const paths = [
      '/livez',
      '/api/v1/nodes',
      '/api/v1/namespaces/kube-public/configmaps/cluster-info',
    ]
    const statuses = []
    for (const path of paths) statuses.push((await ask1(port, path)).status)
    assert.deepEqual(statuses, expected, JSON.stringify(access))
  }
})
