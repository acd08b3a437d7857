import assert from 'node:assert/strict'
import { test } from 'node:test'
import { remoteHeaders } from './remote-headers.ts'

test('remoteHeaders() names the user with all that is known of him', () => {
  const user = {
    name: 'jane',
    uid: '42',
    groups: ['a', 'b'],
    extra: { 'Example.com/Team Ü%': ['x', 'y'] },
  }
  assert.deepEqual(remoteHeaders(user), {
    'x-remote-user': 'jane',
    'x-remote-uid': '42',
    'x-remote-group': ['a', 'b'],
    'x-remote-extra-example.com%2Fteam%20%C3%BC%25': ['x', 'y'],
  })
  assert.deepEqual(remoteHeaders({ name: 'bob', groups: [] }), { 'x-remote-user': 'bob' })
})
