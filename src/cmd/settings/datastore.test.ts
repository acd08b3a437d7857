import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { dataDirectory } from '../data-directory.node.ts'
import { datastoreOf, parseHistory } from './datastore.node.ts'

const directory = dataDirectory('/data')

test('datastoreOf() understands what the flags name', () => {
  assert.deepEqual(datastoreOf({ datastore: 'sqlite' }, directory), {
    type: 'sqlite',
    file: '/data/store/state.db',
  })
  assert.deepEqual(datastoreOf({ datastore: 'memory:' }, directory), { type: 'memory' })
  assert.deepEqual(datastoreOf({ datastore: 'etcd://a:2379,b:2379' }, directory), {
    type: 'etcd',
    endpoints: ['http://a:2379', 'http://b:2379'],
  })
  const etcdServers = 'https://a:2379, https://b:2379'
  assert.deepEqual(datastoreOf({ datastore: 'sqlite', etcdServers }, directory), {
    type: 'etcd',
    endpoints: ['https://a:2379', 'https://b:2379'],
  })
})

test('datastoreOf() reads the files for TLS, and then etcd is spoken to with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-datastore-'))
  try {
    const etcdCafile = join(folder, 'ca.pem')
    await writeFile(etcdCafile, 'PEM')
    assert.deepEqual(datastoreOf({ datastore: 'etcd://a:2379', etcdCafile }, directory), {
      type: 'etcd',
      endpoints: ['https://a:2379'],
      tls: { caPem: 'PEM' },
    })
    const missing = { datastore: 'etcd://a:2379', etcdCafile: join(folder, 'none') }
    assert.throws(() => datastoreOf(missing, directory), {
      message: `Cannot read --etcd-cafile ${join(folder, 'none')}: it does not exist.`,
    })
    const half = { datastore: 'etcd://a:2379', etcdCertfile: etcdCafile }
    assert.throws(() => datastoreOf(half, directory), { exitCode: 2 })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('datastoreOf() refuses what it does not know', () => {
  for (const datastore of ['mysql://x', 'etcd://', 'etcd://a:x']) {
    assert.throws(() => datastoreOf({ datastore }, directory), { name: 'UserError', exitCode: 2 })
  }
})

test('parseHistory() reads a time, a size, or both', () => {
  assert.deepEqual(parseHistory('5m'), { ms: 300_000 })
  assert.deepEqual(parseHistory('1h,1GiB'), { ms: 3_600_000, bytes: 2 ** 30 })
  for (const wrong of ['', '5', 'five', '5m,', '1GB', '-1h']) {
    assert.throws(() => parseHistory(wrong), { exitCode: 2 })
  }
})
