import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeYaml } from '../../apimachinery/yaml.ts'
import { parseEncryptionConfiguration } from './parse-encryption-configuration.ts'

function parse(resources: unknown) {
  const head = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration' }
  return parseEncryptionConfiguration(encodeYaml({ ...head, resources }))
}

/** All that is wrong, each on its own line. */
function wrong(resources: unknown): readonly string[] {
  try {
    parse(resources)
  } catch (error) {
    return (error as Error).message.replace(/^\[(.*)\]$/s, '$1').split(/, (?=resources\[)/)
  }
  return []
}

const providers = [{ identity: {} }]
const secret = Buffer.alloc(32).toString('base64')

test('parseEncryptionConfiguration() reads resources, providers and keys', () => {
  const keys = [{ name: 'a', secret }]
  const given = [
    { resources: ['secrets', '*.apps'], providers: [{ aescbc: { keys } }, { identity: {} }] },
  ]
  assert.deepEqual(parse(given).resources, [
    {
      resources: ['secrets', '*.apps'],
      providers: [
        { type: 'aescbc', keys: [{ name: 'a', secret: new Uint8Array(32) }] },
        { type: 'identity' },
      ],
    },
  ])
})

test('parseEncryptionConfiguration() names all that is wrong with keys at once, and no secret', () => {
  const keys = [
    { name: '', secret: '' },
    { name: 'a', secret: '?' },
    { name: 'b', secret: 'AAAA' },
  ]
  assert.deepEqual(wrong([{ providers: [{ aesgcm: { keys } }, { aescbc: {} }] }]), [
    'resources[0].resources: Required value: at least one resources[0].resources is required',
    'resources[0].providers[0].aesgcm.keys[0].name: Required value: name is a mandatory field for a key',
    'resources[0].providers[0].aesgcm.keys[0].secret: Required value: secret is a mandatory field for a key',
    'resources[0].providers[0].aesgcm.keys[1].secret: Invalid value: "REDACTED": secrets must be base64 encoded',
    'resources[0].providers[0].aesgcm.keys[2].secret: Invalid value: "REDACTED": secret is not of the expected length, got 3, expected one of [16 24 32]',
    'resources[0].providers[1].aescbc.keys: Required value: at least one keys is required',
  ])
})

test('parseEncryptionConfiguration() refuses providers that are unknown, joined or incomplete', () => {
  const given = [{ secretbox: {} }, { kms: {} }, {}, { identity: {}, aesgcm: {} }]
  assert.deepEqual(wrong([{ resources: ['secrets'], providers: given }]), [
    'resources[0].providers[0].secretbox.keys: Required value: at least one keys is required',
    'resources[0].providers[1].kms.apiVersion: Forbidden: KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead',
    'resources[0].providers[1].kms.name: Required value: name is a mandatory field for a provider',
    'resources[0].providers[1].kms.endpoint: Invalid value: "": endpoint is a mandatory field for a kms',
    'resources[0].providers[2]: Invalid value: []: provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity',
    'resources[0].providers[3]: Invalid value: ["aesgcm","identity"]: more than one provider specified in a single element, should split into different list elements',
  ])
})

test('parseEncryptionConfiguration() refuses resources as upstream does', () => {
  const reasons = (...resources: readonly string[]): readonly string[] =>
    wrong([{ resources, providers }]).map((each) => each.split(': ').at(-1)!)
  const overlap =
    "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked"
  assert.deepEqual(reasons('secrets', 'secrets'), [
    'the same resource cannot be specified multiple times',
  ])
  assert.deepEqual(reasons('secrets', '*.'), [overlap])
  assert.deepEqual(reasons('*.*', 'pods'), [overlap])
  assert.deepEqual(reasons('*.apps', '*.', 'jobs.batch'), [])
  assert.deepEqual(reasons('Secrets'), ['resource name should not contain capital letters'])
  assert.deepEqual(reasons('pods.*'), [
    'encrypting the same resource across groups is not supported',
  ])
  for (const name of ['*', 'apiserveripinfo', 'events.events.k8s.io', 'x.extensions'])
    assert.equal(reasons(name).length, 1, name)
})

test('parseEncryptionConfiguration() refuses what is no such configuration', () => {
  assert.deepEqual(wrong([]), ['resources: Required value: at least one resources is required'])
  for (const text of ['', '[]', 'kind: Secret'])
    assert.throws(
      () => parseEncryptionConfiguration(text),
      /^Error: no kind ".*" is registered for version ""$/,
    )
})

test('parseEncryptionConfiguration() refuses what it does not know, is said twice or of another type, and quotes no secret', () => {
  const keys = [{ name: 'a', secret, sekret: secret }]
  assert.deepEqual(
    wrong([{ resources: ['secrets'], providers: [{ rot13: {} }, { aescbc: { keys } }] }]),
    [
      'strict decoding error: unknown field "resources[0].providers[0].rot13", unknown field "resources[0].providers[1].aescbc.keys[0].sekret"',
    ],
  )
  const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n'
  const withKey = (key: string): string =>
    `${head}resources: [{ resources: [secrets], providers: [{ aescbc: { keys: [{ name: a, ${key} }] } }] }]`
  assert.throws(() => parseEncryptionConfiguration(withKey(`secret: ${secret}, secret: b`)), {
    message: 'strict decoding error: line 3: key "secret" already set in map',
  })
  assert.throws(() => parseEncryptionConfiguration(withKey('secret: 123456')), {
    message:
      'json: cannot unmarshal number into Go struct field Key.resources.providers.aescbc.keys.secret of type string',
  })
})
