import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pullCredentials, type PullSecret } from './pull-credentials.ts'

const login = (username: string) => ({ username, password: 'secret' })

function secret(auths: object): PullSecret {
  const content = new TextEncoder().encode(JSON.stringify({ auths }))
  return { type: 'kubernetes.io/dockerconfigjson', content }
}

function usersFor(image: string, ...secrets: PullSecret[]): unknown[] {
  return pullCredentials(image, secrets).map(({ auth }) => auth.username)
}

test('pullCredentials() fits hosts, ports, wildcards and paths, the most specific first', () => {
  const secrets = [
    secret({
      'registry.example.com': login('host'),
      'https://registry.example.com/team/': login('team'),
      '*.example.com': login('wildcard'),
      'registry.example.com:5000': login('port'),
    }),
  ]
  assert.deepEqual(usersFor('registry.example.com/team/tool:1', ...secrets), [
    'team',
    'host',
    'wildcard',
  ])
  assert.deepEqual(usersFor('registry.example.com/other', ...secrets), ['host', 'wildcard'])
  assert.deepEqual(usersFor('registry.example.com:5000/tool', ...secrets), ['port'])
  assert.deepEqual(usersFor('deep.registry.example.com/tool', ...secrets), [])
})

test('pullCredentials() knows the old address of Docker Hub', () => {
  const hub = secret({ 'https://index.docker.io/v1/': login('hub') })
  assert.deepEqual(usersFor('busybox', hub), ['hub'])
  assert.deepEqual(usersFor('quay.io/busybox', hub), [])
})

test('pullCredentials() reads both kinds of secrets and encoded logins', () => {
  const auth = new TextEncoder().encode('user:with:colons').toBase64()
  const old = {
    type: 'kubernetes.io/dockercfg',
    content: new TextEncoder().encode(JSON.stringify({ 'quay.io': { auth } })),
  } as const
  const found = pullCredentials('quay.io/tool', [old]).map(({ auth }) => auth)
  assert.deepEqual(found, [{ username: 'user', password: 'with:colons' }])
})

test('pullCredentials() passes over what it cannot read', () => {
  const broken = {
    type: 'kubernetes.io/dockerconfigjson',
    content: new TextEncoder().encode('{'),
  } as const
  const empty = secret({
    'quay.io': {},
    'quay.io/a': { auth: '%%%' },
    'quay.io/b': { auth: 'bm9jb2xvbg==' },
  })
  assert.deepEqual(usersFor('quay.io/a/b', broken, empty, secret({ 'quay.io': login('good') })), [
    'good',
  ])
})
