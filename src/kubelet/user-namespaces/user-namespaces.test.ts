import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '../../api/core/v1/pod.ts'
import { silentLogger } from '../../base/logger.ts'
import { userNamespaces } from './user-namespaces.ts'
import { containerWithUsers, sandboxWithUsers } from './with-users.ts'

const podOf = (uid: string, spec: object = { hostUsers: false }): Pod =>
  ({ metadata: { uid }, spec }) as unknown as Pod

function made(saved = '') {
  const state = { text: saved }
  const users = userNamespaces({
    idsPerPod: 65_536,
    podsMax: 2,
    handlers: [{ name: '', features: { userNamespaces: true } }, { name: 'old' }],
    logger: silentLogger,
    saved,
    save: async (text) => void (state.text = text),
  })
  return { users, state }
}

test('userNamespaces() gives each Pod users of its own, and takes them back', async () => {
  const { users, state } = made()
  assert.equal(await users.mapping(podOf('node', {}), ''), undefined)
  assert.deepEqual(await users.mapping(podOf('a'), ''), { hostId: 65_536, length: 65_536 })
  assert.deepEqual(await users.mapping(podOf('b'), ''), { hostId: 131_072, length: 65_536 })
  await assert.rejects(users.mapping(podOf('c'), ''), /could not find an empty slot/)
  const { users: again } = made(state.text)
  assert.deepEqual(again.holders(), ['a', 'b'])
  await again.release('a')
  assert.deepEqual(await again.mapping(podOf('c'), ''), { hostId: 65_536, length: 65_536 })
  assert.deepEqual(await again.mapping(podOf('b'), ''), { hostId: 131_072, length: 65_536 })
})

test('userNamespaces() says which runtime cannot do it', async () => {
  const { users } = made()
  await assert.rejects(users.mapping(podOf('a'), 'old'), {
    message:
      'can\'t set `spec.hostUsers: false`, RuntimeClass handler "old" does not support user namespaces',
  })
  await assert.rejects(users.mapping(podOf('a'), 'none'), {
    message:
      'can\'t set `spec.hostUsers: false`, RuntimeClass handler "none" does not support user namespaces: the handler "none" is not known',
  })
})

test('containerWithUsers() and sandboxWithUsers() tell the runtime of them, for mounts too', () => {
  const mapping = { hostId: 65_536, length: 65_536 }
  const own = { hostId: 65_536, containerId: 0, length: 65_536 }
  const usernsOptions = { mode: 'POD', uids: [own], gids: [own] }
  const linux = { securityContext: { namespaceOptions: { network: 'POD' as const } } }
  const namespaceOptions = { network: 'POD', usernsOptions }
  const sandbox = sandboxWithUsers({ linux }, mapping)
  assert.deepEqual(sandbox.linux?.securityContext?.namespaceOptions, namespaceOptions)
  const container = containerWithUsers({ linux, mounts: [{ containerPath: '/a' }] }, mapping)
  assert.deepEqual(container.linux?.securityContext?.namespaceOptions, namespaceOptions)
  assert.deepEqual(container.mounts, [
    { containerPath: '/a', uidMappings: [own], gidMappings: [own] },
  ])
  assert.deepEqual(containerWithUsers({ linux }, undefined), { linux })
})
