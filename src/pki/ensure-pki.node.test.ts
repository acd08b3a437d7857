import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect, createServer } from 'node:tls'
import type { Clock } from '../base/clock.ts'
import { systemClock } from '../base/clock.node.ts'
import { nodeCrypto } from '../base/crypto.node.ts'
import { parseClientIdentity } from './client-identity.ts'
import { certificateFromPem } from './certificate.ts'
import type { ClusterIdentity } from './cluster-certificates.ts'
import { type RenewOptions, renewPki } from './cluster-pki.ts'
import { ensurePki } from './ensure-pki.node.ts'
import { findPem } from './pem.ts'
import type { Credential } from './pki-files.ts'

const DAY_MS = 86_400_000
const crypto = nodeCrypto()
const cluster: ClusterIdentity = {
  apiServerAddresses: ['host-a', '192.0.2.7'],
  nodes: [{ name: 'host-a', addresses: ['192.0.2.7'] }],
}

// A while ago, so that what is made some days later is good for the connections of now.
const START_MS = systemClock.now() - 10 * DAY_MS

function at(daysLater: number): Clock {
  return { ...systemClock, now: () => START_MS + daysLater * DAY_MS }
}

async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pki-'))
  t.after(() => rm(directory, { recursive: true }))
  return join(directory, 'pki')
}

function ensure(
  directory: string,
  daysLater = 0,
  more: Partial<RenewOptions> = {},
): ReturnType<typeof ensurePki> {
  return ensurePki(directory, { ...cluster, ...more, crypto, clock: at(daysLater) })
}

const END = '-----END CERTIFICATE-----\n'

/** Whether a server and a client that trusts `ca` believe each other; the server trusts `clientCa`. */
async function handshake(
  { certPem, keyPem }: Credential,
  ca: string,
  [client, clientCa]: readonly [Credential, string],
): Promise<boolean> {
  const accepted = Promise.withResolvers<boolean>()
  const tls = { cert: certPem, key: keyPem, ca: clientCa, requestCert: true }
  const server = createServer(tls, (socket) => {
    accepted.resolve(socket.authorized)
    socket.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', ca, cert: client.certPem, key: client.keyPem })
  try {
    await once(socket, 'secureConnect')
    return await accepted.promise
  } finally {
    socket.destroy()
    server.close()
  }
}

function userOf(certPem: string): readonly string[] {
  const { commonName, organizations } = parseClientIdentity(
    crypto,
    findPem(certPem, 'CERTIFICATE')!,
  )
  return [commonName, ...organizations]
}

test('ensurePki() makes everything a cluster needs, keys for the owner alone', async (t) => {
  const directory = await temporaryDirectory(t)
  const pki = await ensure(directory)
  const names = await readdir(directory)
  assert.deepEqual(names.toSorted(), pki.changed.toSorted())
  for (const name of names) {
    const { mode } = await stat(join(directory, name))
    assert.equal(mode & 0o777, name.endsWith('.key') ? 0o600 : 0o644, name)
  }
  assert.equal(await readFile(join(directory, 'ca.crt'), 'utf8'), pki.ca.certPem)
  assert.equal(
    await readFile(join(directory, 'node-host-a-client.key'), 'utf8'),
    pki.nodes.get('host-a')?.client.keyPem,
  )
})

test('ensurePki() gives what it makes to another user', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root may give files away')
  const directory = await temporaryDirectory(t)
  const owner = { uid: 65534, gid: 65534 }
  await ensurePki(directory, { crypto, clock: at(0), owner })
  for (const path of [directory, join(directory, 'ca.key'), join(directory, 'ca.crt')]) {
    assert.equal((await stat(path)).uid, owner.uid, path)
  }
})

test('ensurePki() names the API server and the users as Kubernetes does', async (t) => {
  const pki = await ensure(await temporaryDirectory(t))
  assert.deepEqual(certificateFromPem(pki.apiServer.certPem).alternativeNames, {
    dnsNames: [
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
      'localhost',
      'host-a',
    ],
    ipAddresses: ['127.0.0.1', '::1', '10.96.0.1', '192.0.2.7'],
  })
  assert.deepEqual(userOf(pki.admin.certPem), ['kubernetes-admin', 'system:masters'])
  assert.deepEqual(userOf(pki.scheduler.certPem), ['system:kube-scheduler'])
  assert.deepEqual(userOf(pki.nodes.get('host-a')!.client.certPem), [
    'system:node:host-a',
    'system:nodes',
  ])

  const leaf = new X509Certificate(pki.frontProxyClient.certPem)
  assert.equal(leaf.verify(new X509Certificate(pki.frontProxyCa.certPem).publicKey), true)
})

test('ensurePki() keeps what is good', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await ensure(directory)
  const second = await ensure(directory, 100)
  assert.deepEqual(second, { ...first, changed: [] })
})

test('ensurePki() renews what is about to expire, and no sooner than it said', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await ensure(directory)
  const days = (first.renewAtMs - at(0).now()) / DAY_MS
  assert.deepEqual((await ensure(directory, days - 1)).changed, [])
  const later = await ensure(directory, days)
  assert.ok(later.changed.includes('apiserver.crt') && later.changed.includes('admin.key'))
  assert.ok(!later.changed.some((name) => name.startsWith('ca.') || name.startsWith('sa.')))
})

test('ensurePki() renews an authority with its key, so that what it signed stays trusted', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await ensure(directory)
  const later = await ensure(directory, 3000)
  assert.equal(later.ca.keyPem, first.ca.keyPem)
  assert.notEqual(later.ca.certPem, first.ca.certPem)
  const old = new X509Certificate(first.admin.certPem)
  const ca = new X509Certificate(later.ca.certPem)
  assert.equal(old.checkIssued(ca) && old.verify(ca.publicKey), true)
})

test('ensurePki() is not late for 13 months nor for 11 years: all is good then', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await ensure(directory)
  for (const daysLater of [400, 4020]) {
    const { files } = await ensure(directory, daysLater)
    for (const [name, pem] of files) {
      if (!name.endsWith('.crt')) continue
      const { notBeforeMs, notAfterMs } = certificateFromPem(pem)
      const nowMs = at(daysLater).now()
      assert.ok(notBeforeMs < nowMs && nowMs < notAfterMs, `${name} after ${daysLater} days`)
    }
    assert.equal(files.get('ca.key'), first.ca.keyPem)
  }
})

test('ensurePki() makes all leaves anew where they are to be rotated, and no authority', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await ensure(directory)
  const { changed, ca } = await ensure(directory, 0, { rotate: 'leaves' })
  assert.deepEqual(
    changed.filter((name) => name.endsWith('.crt')),
    first.changed.filter((name) => name.endsWith('.crt') && !/^(front-proxy-)?ca/.test(name)),
  )
  assert.deepEqual(ca, first.ca)
})

test('ensurePki() rotates authorities so that what either signed is trusted by who knows one', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await ensure(directory)
  const second = await ensure(directory, 1, { rotate: 'authorities' })
  assert.notEqual(second.ca.keyPem, first.ca.keyPem)
  assert.ok(second.ca.certPem.endsWith(first.ca.certPem))
  for (const trusted of [
    first.ca.certPem,
    second.ca.certPem,
    second.ca.certPem.split(END)[0] + END,
  ])
    assert.equal(
      await handshake(second.apiServer, trusted, [second.admin, second.ca.certPem]),
      true,
    )
  assert.equal(
    await handshake(second.apiServer, first.ca.certPem, [first.admin, second.ca.certPem]),
    true,
  )
  assert.deepEqual((await ensure(directory, 2)).changed, [])

  const third = await ensure(directory, 2, { rotate: 'authorities' })
  assert.equal(
    await handshake(third.apiServer, second.ca.certPem, [first.admin, third.ca.certPem]),
    true,
  )
  assert.deepEqual((await ensure(directory, 3)).changed, [])
  const muchLater = await ensure(directory, 4020)
  assert.equal(
    muchLater.ca.certPem.split(END).length,
    2,
    'expired authorities are trusted no longer',
  )
})

test('ensurePki() makes a new serving certificate when the addresses change', async (t) => {
  const directory = await temporaryDirectory(t)
  await ensure(directory)
  const moved = { ...cluster, apiServerAddresses: ['host-a', '192.0.2.8'] }
  const { changed } = await ensure(directory, 0, moved)
  assert.deepEqual(changed, ['apiserver.key', 'apiserver.crt'])
})

test('ensurePki() makes anew what a crash or an editor has damaged', async (t) => {
  const directory = await temporaryDirectory(t)
  await ensure(directory)
  await rm(join(directory, 'admin.crt'))
  await writeFile(join(directory, 'scheduler.key'), 'not a key')
  await writeFile(join(directory, '.admin.crt.0123.tmp'), 'half a')
  const { changed } = await ensure(directory)
  assert.deepEqual(changed, ['admin.key', 'admin.crt', 'scheduler.key', 'scheduler.crt'])
})

test('ensurePki() finishes an authority of which only the key was written', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await ensure(directory)
  await rm(join(directory, 'ca.crt'))
  const second = await ensure(directory)
  assert.deepEqual(second.changed, ['ca.crt'])
  assert.equal(second.ca.keyPem, first.ca.keyPem)
})

test('ensurePki() refuses an authority that it cannot use, in one sentence', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await ensure(directory)
  const cases: readonly (readonly [file: string, text: string, reason: string])[] = [
    ['ca.key', 'broken', 'the file holds no private key; restore it'],
    ['ca.key', first.frontProxyCa.keyPem, ''],
    ['ca.crt', 'broken', 'the file holds no certificate; restore it'],
    ['sa.key', 'broken', 'the file holds no private key; restore it'],
  ]
  for (const [file, text, reason] of cases) {
    const path = join(directory, file)
    const good = await readFile(path, 'utf8')
    await writeFile(path, text)
    const message = reason
      ? `Cannot use ${path}: ${reason}.`
      : `Cannot use ${join(directory, 'ca.crt')}: it does not belong to ca.key; restore the pair.`
    await assert.rejects(ensure(directory), { message })
    await writeFile(path, good)
  }
})

test('ensurePki() does without the key of an authority until it has to sign', async (t) => {
  const directory = await temporaryDirectory(t)
  await ensure(directory)
  await rm(join(directory, 'ca.key'))
  assert.deepEqual((await ensure(directory)).changed, [])
  await assert.rejects(ensure(directory, 300), {
    message: `Cannot use ${join(directory, 'ca.key')}: it is missing, and apiserver.crt must be signed.`,
  })
})

test('renewPki() goes on trusting keys that once signed tokens', () => {
  const first = renewPki(new Map(), { crypto, clock: at(0) })
  const files = new Map(first.changed)
  files.delete('sa.key')
  const second = renewPki(files, { crypto, clock: at(0) })
  assert.ok(second.pki.serviceAccountPublicKeysPem.endsWith(first.pki.serviceAccountPublicKeysPem))
  assert.notEqual(second.pki.serviceAccountKeyPem, first.pki.serviceAccountKeyPem)
})

test('renewPki() refuses a node name that would be a path', () => {
  const nodes = [{ name: '../ca', addresses: [] }]
  assert.throws(() => renewPki(new Map(), { crypto, clock: at(0), nodes }), TypeError)
})
