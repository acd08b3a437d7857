import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { eventually } from '../../base/async-eventually.node.ts'
import { systemClock } from '../../base/clock.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { allBackends, type AuditEvent } from './audit-event.ts'
import { batchingBackend } from './batches.ts'
import { logBackend } from './log-backend.node.ts'
import { truncated } from './truncate.ts'
import { webhookBackend } from './webhook-backend.node.ts'

function event(auditID: string, more: Partial<AuditEvent> = {}): AuditEvent {
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID,
    stage: 'ResponseComplete',
    requestURI: '/',
    verb: 'get',
    user: { username: 'u' },
    requestReceivedTimestamp: '',
    stageTimestamp: '',
    ...more,
  }
}

async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-audit-'))
  t.after(() => rm(directory, { recursive: true }))
  return directory
}

async function idsIn(file: string): Promise<readonly string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n')
  assert.equal(lines.pop(), '', 'whole lines')
  return lines.map((line) => (JSON.parse(line) as AuditEvent).auditID)
}

const LOG = { maxAgeDays: 0, maxBackups: 0, maxBytes: 0, clock: systemClock, logger: silentLogger }

test('logBackend() writes a line of JSON for each event, and goes on with a file that is there', async (t) => {
  const path = join(await temporaryDirectory(t), 'deeper', 'audit.log')
  for (const ids of [['a', 'b'], ['c']]) {
    await using backend = await logBackend({ ...LOG, path })
    for (const id of ids) backend.send(event(id))
  }
  assert.deepEqual(await idsIn(path), ['a', 'b', 'c'])
  assert.equal((await stat(path)).mode & 0o777, 0o600)
})

test('logBackend() begins a new file when one is full, and keeps the newest', async (t) => {
  const directory = await temporaryDirectory(t)
  const path = join(directory, 'audit.log')
  let nowMs = systemClock.now()
  const clock = { ...systemClock, now: () => (nowMs += 1000) }
  const maxBytes = JSON.stringify(event('a')).length + 1
  for (const id of ['a', 'b', 'c', 'd']) {
    await using backend = await logBackend({ ...LOG, path, clock, maxBytes, maxBackups: 2 })
    backend.send(event(id))
  }
  const names = (await readdir(directory)).toSorted()
  assert.equal(names.length, 3)
  assert.match(names[0]!, /^audit-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.log$/)
  const ids = await Promise.all(names.map((name) => idsIn(join(directory, name))))
  assert.deepEqual(ids, [['b'], ['c'], ['d']])
})

test(
  'logBackend() goes on with the full file where it cannot begin a new one',
  { skip: process.getuid?.() !== 0 && 'files are given to others by root alone' },
  async (t) => {
    const directory = await temporaryDirectory(t)
    const path = join(directory, 'audit.log')
    const maxBytes = JSON.stringify(event('a')).length + 1
    let nowMs = systemClock.now()
    const clock = { ...systemClock, now: () => (nowMs += 1000) }
    const told: string[] = []
    const logger = { ...silentLogger, error: (message: string) => void told.push(message) }
    const owner = { uid: 0, gid: 0 }
    {
      await using backend = await logBackend({ ...LOG, path, clock, logger, maxBytes, owner })
      backend.send(event('a'))
      await eventually(async () => (await idsIn(path)).includes('a'))
      owner.uid = -2 // Nobody's: the next file cannot be given away.
      backend.send(event('b'))
      await eventually(() => told.length > 0)
      owner.uid = 0
    }
    {
      await using backend = await logBackend({ ...LOG, path, clock, logger, maxBytes, owner })
      backend.send(event('c'))
    }
    const [full = ''] = (await readdir(directory)).toSorted()
    assert.deepEqual(await idsIn(join(directory, full)), ['a', 'b'])
    assert.deepEqual(await idsIn(path), ['c'])
    assert.deepEqual(told, ['Cannot begin a new audit log'])
  },
)

test('logBackend() tells how many events a disk that is too slow loses', async (t) => {
  const path = join(await temporaryDirectory(t), 'audit.log')
  const told: unknown[] = []
  const logger = { ...silentLogger, error: (_: string, data?: object) => void told.push(data) }
  const long = 'x'.repeat(33 * 1024 * 1024)
  let lost: unknown
  {
    await using backend = await logBackend({ ...LOG, path, logger })
    for (const id of ['a', 'b', 'c']) backend.send(event(id, { requestURI: long }))
    backend.send(event('d'))
    lost = backend.lost?.()
  }
  assert.deepEqual(await idsIn(path), ['a', 'd'])
  assert.deepEqual(lost, { log: 2 })
  assert.deepEqual(told, [{ path }, { path, lost: 2 }])
})

test('truncated() takes out the objects of long events, and leaves out what is long even so', () => {
  const sent: AuditEvent[] = []
  const backend = truncated(
    { send: (each) => void sent.push(each), [Symbol.asyncDispose]: () => Promise.resolve() },
    400,
  )
  const long = 'x'.repeat(500)
  backend.send(event('a', { requestObject: 'short' }))
  backend.send(event('b', { requestObject: long, annotations: { k: 'v' } }))
  backend.send(event('c', { requestURI: long }))
  assert.deepEqual(
    sent.map(({ auditID, requestObject, annotations }) => [auditID, requestObject, annotations]),
    [
      ['a', 'short', undefined],
      ['b', undefined, { k: 'v', 'audit.k8s.io/truncated': 'true' }],
    ],
  )
  assert.deepEqual(backend.lost?.(), { truncate: 1 })
})

test('allBackends() adds up what all of them lost', () => {
  const nothing = { send: () => undefined, [Symbol.asyncDispose]: () => Promise.resolve() }
  const backends = [truncated({ ...nothing, lost: () => ({ log: 3 }) }, 1), truncated(nothing, 1)]
  const all = allBackends([...backends, nothing])
  all.send(event('a'))
  assert.deepEqual(all.lost?.(), { log: 3, truncate: 2 })
})

test('batchingBackend() sends full batches at once, others in time, and what failed again', async () => {
  const clock = virtualClock()
  const posted: string[][] = []
  let failures = 0
  const backend = batchingBackend({
    clock,
    logger: silentLogger,
    batchMax: 2,
    bufferMax: 3,
    waitMsMax: 1000,
    retryMs: 100,
    post: async (events) => {
      if (failures-- > 0) throw new Error('down')
      posted.push(events.map(({ auditID }) => auditID))
    },
  })
  for (const id of ['a', 'b', 'c']) backend.send(event(id))
  await clock.settle()
  assert.deepEqual(posted, [['a', 'b']])
  await clock.advance(1000)
  assert.deepEqual(posted.splice(0), [['a', 'b'], ['c']])
  failures = 2
  for (const id of ['d', 'e', 'f', 'g', 'h', 'lost']) backend.send(event(id))
  await clock.advance(100)
  assert.deepEqual(posted, [])
  await clock.advance(150)
  assert.deepEqual(posted.splice(0), [
    ['d', 'e'],
    ['f', 'g'],
  ])
  await backend[Symbol.asyncDispose]()
  assert.deepEqual(posted, [['h']])
  assert.deepEqual(backend.lost?.(), { webhook: 1 })
})

test('webhookBackend() posts lists of events to the server of a kubeconfig', async (t) => {
  const directory = await temporaryDirectory(t)
  const bodies: unknown[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += String(chunk)))
    request.on('end', () => {
      bodies.push([request.method, request.url, JSON.parse(text)])
      response.end()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const kubeconfig = join(directory, 'kubeconfig')
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'a', cluster: { server: `http://127.0.0.1:${port}/audit` } }],
      users: [{ name: 'a', user: {} }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      'current-context': 'a',
    }),
  )
  {
    await using backend = await webhookBackend(kubeconfig, {
      clock: systemClock,
      logger: silentLogger,
    })
    backend.send(event('a'))
  }
  const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {} }
  assert.deepEqual(bodies, [['POST', '/audit', { ...list, items: [event('a')] }]])
})
