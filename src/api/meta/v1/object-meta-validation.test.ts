import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LABEL_RULE, LABEL_VALUE_RULE, NAME_RULE, SUBDOMAIN_RULE, texts } from '../../testing.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta-validation.ts'
import type { ObjectMeta } from './object-meta.ts'

function meta(more: Readonly<Record<string, unknown>> = {}): ObjectMeta {
  return { name: 'web', namespace: 'default', resourceVersion: '1', ...more }
}

const OWNER = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'a', uid: 'u', controller: true }

/** What is wrong with metadata, and all errors in upstream's words. */
const CREATES: readonly (readonly [string, ObjectMeta, readonly string[]])[] = [
  ['nothing', meta(), []],
  [
    'no name',
    meta({ name: '' }),
    ['metadata.name: Required value: name or generateName is required'],
  ],
  ['a bad name', meta({ name: 'A' }), [`metadata.name: Invalid value: "A": ${SUBDOMAIN_RULE}`]],
  ['a prefix', meta({ name: 'web-x1', generateName: 'web-' }), []],
  [
    'a bad prefix',
    meta({ generateName: 'A_b-' }),
    [`metadata.generateName: Invalid value: "A_b-": ${SUBDOMAIN_RULE}`],
  ],
  ['no namespace', meta({ namespace: '' }), ['metadata.namespace: Required value']],
  [
    'a bad namespace',
    meta({ namespace: 'A' }),
    [`metadata.namespace: Invalid value: "A": ${LABEL_RULE}`],
  ],
  [
    'bad labels and annotations',
    meta({ labels: { 'a b': '?' }, annotations: { 'a b': '?' } }),
    [
      `metadata.labels: Invalid value: "a b": ${NAME_RULE}`,
      `metadata.labels: Invalid value: "?": ${LABEL_VALUE_RULE}`,
      `metadata.annotations: Invalid value: "a b": ${NAME_RULE}`,
    ],
  ],
  [
    'annotations that are too much',
    meta({ annotations: { a: 'x'.repeat(256 * 1024) } }),
    ['metadata.annotations: Too long: may not be more than 262144 bytes'],
  ],
  [
    'an owner that is none',
    meta({ ownerReferences: [{ apiVersion: '', kind: '', name: '', uid: '' }] }),
    [
      'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
      'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
      'metadata.ownerReferences.name: Invalid value: "": must not be empty',
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ],
  ],
  [
    'finalizers of nobody, and two that exclude each other',
    meta({ finalizers: ['x', 'orphan', 'foregroundDeletion', 'example.com/x'] }),
    [
      'metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
      'metadata.finalizers: Invalid value: ["x","orphan","foregroundDeletion","example.com/x"]: finalizer orphan and foregroundDeletion cannot be both set',
    ],
  ],
  [
    'odd managed fields',
    meta({ managedFields: [{ operation: 'X', fieldsType: 'Y', manager: 'a\n' }] }),
    [
      'metadata.managedFields[0].operation: Invalid value: "X": must be `Apply` or `Update`',
      'metadata.managedFields[0].fieldsType: Invalid value: "Y": must be `FieldsV1`',
      String.raw`metadata.managedFields[0].manager: Invalid value: "a\n": should only contain printable characters`,
    ],
  ],
]

for (const [what, metadata, errors] of CREATES) {
  test(`new metadata with ${what}`, () =>
    assert.deepEqual(texts(validateObjectMeta(metadata, { namespaced: true })), errors))
}

test('metadata has one controller', () => {
  const [error, ...others] = texts(
    validateObjectMeta(meta({ ownerReferences: [OWNER, { ...OWNER, name: 'b' }] }), {
      namespaced: true,
    }),
  )
  assert.deepEqual(others, [])
  assert.match(
    error!,
    /Only one reference can have Controller set to true\. Found "true" in references for ReplicaSet\/a and ReplicaSet\/b$/,
  )
})

test('what belongs to the cluster has no namespace', () => {
  assert.deepEqual(texts(validateObjectMeta(meta(), { namespaced: false })), [
    'metadata.namespace: Forbidden: not allowed on this type',
  ])
})

test('much of metadata stays as it is', () => {
  const old = meta({ uid: 'a', generation: 2, creationTimestamp: '2026-01-01T00:00:00Z' })
  const update = (metadata: ObjectMeta, before = old): string[] =>
    texts(validateObjectMetaUpdate(metadata, before))
  assert.deepEqual(update({ ...old, labels: { a: 'b' }, generation: 3 }), [])
  assert.deepEqual(update(meta({ name: 'other', uid: 'b', generation: 1, resourceVersion: '' })), [
    'metadata.resourceVersion: Invalid value: "": must be specified for an update',
    'metadata.generation: Invalid value: 1: must not be decremented',
    'metadata.name: Invalid value: "other": field is immutable',
    'metadata.uid: Invalid value: "b": field is immutable',
    'metadata.creationTimestamp: Invalid value: "null": field is immutable',
  ])
  const deleted = { ...old, deletionTimestamp: '2026-01-02T00:00:00Z', finalizers: ['a.b/c'] }
  assert.deepEqual(update({ ...deleted, finalizers: [] }, deleted), [])
  assert.deepEqual(update({ ...deleted, finalizers: ['a.b/c', 'a.b/d'] }, deleted), [
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/d"}',
  ])
})
