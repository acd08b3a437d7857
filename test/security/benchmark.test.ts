import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect, type ConnectionOptions } from 'node:tls'
import { once } from 'node:events'
import { defaultStart, type DefaultStart } from './default-start.node.ts'
import { listenersOf } from './sockets.node.ts'

// The checks of the CIS Kubernetes Benchmark (v1.11) that can be asked of a cluster as `up` starts it, under their
// numbers. What is about files or flags of upstream's programs that do not exist here is asked of what stands for them.

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'security.md')
const SECRET_TEXT = 'nobody-reads-this-from-the-disk'

/** What both ends of a connection have agreed on. */
interface Agreed {
  readonly protocol: string | null
  readonly cipher: string
}

/** Files of the store come and go while one looks. */
function gone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

describe('CIS benchmark: the default start', () => {
  let cluster: DefaultStart
  before(async () => {
    cluster = await defaultStart()
  })
  after(() => cluster[Symbol.asyncDispose]())

  async function json<T>(path: string): Promise<T> {
    const { status, body } = await cluster.ask(path)
    assert.equal(status, 200, `${path}: ${body.toString()}`)
    return JSON.parse(body.toString()) as T
  }

  async function handshake(options: ConnectionOptions): Promise<Agreed> {
    const socket = connect({
      host: '127.0.0.1',
      port: cluster.port,
      rejectUnauthorized: false,
      ...options,
    })
    await once(socket, 'secureConnect')
    const agreed = { protocol: socket.getProtocol(), cipher: socket.getCipher().name }
    socket.destroy()
    return agreed
  }

  test('1.1.1 to 1.1.21: what holds state or keys is its owner’s alone', async () => {
    const entries = await readdir(cluster.dataDir, { recursive: true, withFileTypes: true })
    assert.ok(entries.length > 20)
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name)
      const found = await stat(path).catch(gone)
      if (!found) continue
      const { mode, uid } = found
      assert.equal(uid, process.getuid!(), `${path}: owner ${uid}`)
      // Certificates and public keys are for everybody, but nobody else gets into their folder.
      const isPublic = /\.(?:crt|pub)$/.test(entry.name)
      assert.equal(mode & (isPublic ? 0o133 : 0o077), 0, `${path}: ${(mode & 0o777).toString(8)}`)
    }
  })

  test('1.2.1: nobody in particular sees health and version, and nothing else', async () => {
    const isAnonymous = true
    for (const path of ['/livez', '/readyz', '/version']) {
      assert.equal((await cluster.ask(path, { isAnonymous })).status, 200, path)
    }
    for (const path of [
      '/',
      '/api',
      '/apis',
      '/api/v1/pods',
      '/metrics',
      '/openapi/v3',
      '/logs/',
    ]) {
      const { status } = await cluster.ask(path, { isAnonymous })
      assert.ok(status === 401 || status === 403, `${path}: ${status}`)
    }
  })

  test('1.2.2: tokens from a file, and names and passwords, are not taken', async () => {
    for (const authorization of ['Bearer 0123456789abcdef', 'Basic YWRtaW46YWRtaW4=']) {
      const sent = { isAnonymous: true, headers: { authorization } }
      const { status } = await cluster.ask('/api/v1/namespaces', sent)
      assert.ok(status === 401 || status === 403, `${authorization}: ${status}`)
    }
  })

  test('1.2.3: Services cannot have external IPs', async () => {
    const service = {
      metadata: { name: 'a' },
      spec: { ports: [{ port: 80 }], externalIPs: ['192.0.2.1'] },
    }
    const { status, body } = await cluster.ask('/api/v1/namespaces/default/services', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(service),
    })
    assert.equal(status, 403, body.toString())
  })

  test('1.2.6 to 1.2.8: RBAC decides, and not everything is allowed', async () => {
    const sent = { headers: { 'impersonate-user': 'somebody' } }
    assert.equal((await cluster.ask('/api/v1/secrets', sent)).status, 403)
    const node = {
      'impersonate-user': 'system:node:none',
      'impersonate-group': 'system:nodes',
    }
    // A node reads what its Pods mount, and has none.
    const path = '/api/v1/namespaces/kube-system/secrets/a'
    assert.equal((await cluster.ask(path, { headers: node })).status, 403)
  })

  test('1.2.9 to 1.2.14: admission of nodes, namespaces and service accounts is on', async () => {
    const metadata = { name: 'another' }
    const { status } = await cluster.ask('/api/v1/nodes', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'impersonate-user': 'system:node:none',
        'impersonate-group': 'system:nodes',
      },
      body: JSON.stringify({ metadata }),
    })
    assert.equal(status, 403, 'NodeRestriction')
    const inNowhere = await cluster.ask('/api/v1/namespaces/nowhere/configmaps', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ metadata }),
    })
    assert.equal(inNowhere.status, 404, 'NamespaceLifecycle')
  })

  test('1.2.15, 1.3.2 and 1.4.1: there is no profiling', async () => {
    for (const path of ['/debug/pprof/', '/debug/pprof/profile', '/debug/flags/v']) {
      assert.equal((await cluster.ask(path)).status, 404, path)
    }
  })

  test('1.2.27 and 1.2.28: Secrets are encrypted where they are stored', async () => {
    const { status } = await cluster.ask('/api/v1/namespaces/default/secrets', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ metadata: { name: 'a' }, stringData: { key: SECRET_TEXT } }),
    })
    assert.equal(status, 201)
    const folder = join(cluster.dataDir, 'store')
    for (const name of await readdir(folder)) {
      const bytes = await readFile(join(folder, name))
      for (const text of [SECRET_TEXT, btoa(SECRET_TEXT)]) assert.ok(!bytes.includes(text), name)
    }
  })

  test('1.2.29: TLS 1.3, or 1.2 with forward secrecy and authenticated encryption', async () => {
    assert.equal((await handshake({})).protocol, 'TLSv1.3')
    const version = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const
    assert.match((await handshake(version)).cipher, /^ECDHE-.*(?:GCM|CHACHA20)/)
    for (const ciphers of [
      'AES128-GCM-SHA256',
      'ECDHE-ECDSA-AES128-SHA',
      'ECDHE-RSA-AES256-SHA384',
    ]) {
      const weak = handshake({ ...version, ciphers })
      await assert.rejects(weak, /handshake failure|alert/, ciphers)
    }
    await assert.rejects(
      handshake({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' }),
    )
  })

  test('1.3.7 and 1.4.2: controllers and scheduler listen nowhere, the API on loopback alone', async () => {
    const found = (await Promise.all(cluster.pids.map(listenersOf))).flat()
    assert.deepEqual(found, [{ protocol: 'tcp', address: '127.0.0.1', port: cluster.port }])
    const lines = (await readFile(DOCUMENT, 'utf8')).split('\n')
    const [row = '', ...more] = lines.filter((line) => line.startsWith('| control plane '))
    assert.match(row, /\| tcp +\| `127\.0\.0\.1`/)
    assert.deepEqual(more, [])
  })

  test('1.3.3: each controller is a service account of its own', async () => {
    const { items } = await json<{ items: { metadata: { name: string } }[] }>(
      '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    )
    const roles = items.filter(({ metadata }) => metadata.name.startsWith('system:controller:'))
    assert.ok(roles.length > 30, `${roles.length}`)
  })

  test('5.1.1: nobody but system:masters is cluster-admin', async () => {
    interface Binding {
      readonly roleRef: { readonly name: string }
      readonly subjects?: readonly { readonly kind: string; readonly name: string }[]
    }
    const { items } = await json<{ items: Binding[] }>(
      '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    )
    const admins = items.filter(({ roleRef }) => roleRef.name === 'cluster-admin')
    const names = admins.flatMap(({ subjects = [] }) =>
      subjects.map(({ kind, name }) => `${kind} ${name}`),
    )
    assert.deepEqual(names.toSorted(), ['Group system:masters'])
  })

  test('5.1.5: default service accounts may do nothing', async () => {
    const sent = {
      headers: {
        'impersonate-user': 'system:serviceaccount:default:default',
        'impersonate-group': 'system:serviceaccounts',
      },
    }
    for (const path of ['/api/v1/namespaces/default/secrets', '/api/v1/pods', '/api/v1/nodes']) {
      assert.equal((await cluster.ask(path, sent)).status, 403, path)
    }
  })
})
