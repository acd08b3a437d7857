import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nfsMountArguments } from './nfs.ts'

const from = { server: 'files.example.com', path: '/srv', readOnly: false, mountOptions: [] }

test('nfsMountArguments() names the server as mount(8) wants it', () => {
  assert.deepEqual(nfsMountArguments(from, '/t'), ['-t', 'nfs', 'files.example.com:/srv', '/t'])
  assert.deepEqual(nfsMountArguments({ ...from, server: 'fd00::1' }, '/t').at(-2), '[fd00::1]:/srv')
})

test('nfsMountArguments() passes options on, each once', () => {
  const mountOptions = ['nfsvers=4.2', 'hard', 'ro']
  assert.deepEqual(nfsMountArguments({ ...from, readOnly: true, mountOptions }, '/t').slice(2, 4), [
    '-o',
    'ro,nfsvers=4.2,hard',
  ])
})
