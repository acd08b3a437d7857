import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StatusError } from '../../apimachinery/status-error.ts'
import {
  contentTypeOf,
  ENCODINGS,
  negotiate,
  negotiateWatch,
  watchTypeOf,
  type Offer,
  type Output,
} from './negotiate.ts'

const STORED: Offer = { encodings: ENCODINGS, mayTransform: true }
const WITH_CBOR: Offer = { encodings: [...ENCODINGS, 'cbor'], mayTransform: true }
const VALUE: Offer = { encodings: ENCODINGS, mayTransform: false }

/** `ENCODING`, or `ENCODING AS VERSION` of something that is transformed; or the refusal's code. */
function outcome(accept: string | undefined, offer: Offer, negotiated = negotiate): string {
  try {
    return textOf(negotiated(accept, offer))
  } catch (error) {
    assert.ok(error instanceof StatusError)
    return error.message
  }
}

function textOf({ encoding, as, version, pretty }: Output): string {
  const form = as === 'object' ? encoding : `${encoding} ${as} ${version}`
  return pretty ? `pretty ${form}` : form
}

const PB = 'application/vnd.kubernetes.protobuf'
const TABLE = 'as=Table;v=v1;g=meta.k8s.io'
const META = 'as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
const METAS = 'as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io'
const REFUSED =
  'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf'

const cases: readonly (readonly [string | undefined, string])[] = [
  [undefined, 'json'],
  ['', 'json'],
  ['*/*', 'json'],
  ['*', 'json'],
  ['application/*', 'json'],
  ['application/json', 'json'],
  ['application/yaml', 'yaml'],
  [PB, 'protobuf'],
  // client-go
  [`${PB},application/json`, 'protobuf'],
  [`application/json, ${PB}`, 'json'],
  [`${PB};${META},application/json;${META},application/json`, 'protobuf metadata v1'],
  [`${PB};${METAS},application/json;${METAS}`, 'protobuf metadataList v1beta1'],
  // kubectl get
  [
    `application/json;${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`,
    'json table v1',
  ],
  [`application/yaml;${TABLE}`, 'yaml table v1'],
  [`${PB};${TABLE},application/json`, 'json'],
  [`*/*;${TABLE}`, 'json table v1'],
  // how much each is liked
  ['application/json;q=0.5,application/yaml', 'yaml'],
  ['application/json;q=0.5,application/yaml;q=0.4', 'json'],
  ['*/*,application/yaml;q=0.1', 'yaml'],
  ['application/*, application/yaml', 'yaml'],
  ['application/json;q=0,application/yaml;q=0.1', 'yaml'],
  ['application/json;q=0', REFUSED],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'json'],
  // what is not understood
  ['text/html', REFUSED],
  ['application/cbor', REFUSED],
  ['application/json/x,application/yaml', 'yaml'],
  ['json', REFUSED],
  [`application/json;as=Table;v=v2;g=meta.k8s.io`, REFUSED],
  [`application/json;as=Table;v=v1;g=other`, REFUSED],
  ['application/json;v=v1', REFUSED],
  ['application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io', REFUSED],
  ['application/json;stream=other', REFUSED],
  ['application/yaml;stream=watch', REFUSED],
  ['application/json;stream=watch', 'json'],
  ['application/json;sv=v1', REFUSED],
  ['application/json;charset=utf-8', 'json'],
  ['application/json;pretty=1', 'pretty json'],
  [`${PB};pretty=1`, 'protobuf'],
]

for (const [accept, expected] of cases) {
  test(`negotiate() gives ${expected} for ${accept}`, () => {
    assert.equal(outcome(accept, STORED), expected)
  })
}

test('negotiate() gives CBOR where it is offered, last of all', () => {
  assert.equal(outcome('application/cbor', WITH_CBOR), 'cbor')
  assert.equal(outcome('*/*', WITH_CBOR), 'json')
  assert.equal(outcome(`application/cbor;${TABLE}`, WITH_CBOR), 'cbor table v1')
  assert.equal(outcome('text/plain', WITH_CBOR), `${REFUSED}, application/cbor`)
})

test('negotiate() transforms stored objects alone', () => {
  assert.equal(outcome(`application/json;${TABLE},application/json`, VALUE), 'json')
  assert.equal(outcome(`application/json;${META}`, VALUE), REFUSED)
})

test('negotiateWatch() refuses YAML', () => {
  assert.equal(
    outcome('application/yaml', STORED, negotiateWatch),
    'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
  )
  assert.equal(
    outcome('application/yaml,application/json', VALUE, negotiateWatch).slice(0, 4),
    'only',
  )
  assert.equal(outcome(`${PB};stream=watch`, STORED, negotiateWatch), 'protobuf')
})

test('watches of JSON are called so, others say that they are watches', () => {
  const types = (accept: string): readonly string[] => {
    const output = negotiate(accept, WITH_CBOR)
    return [contentTypeOf(output), watchTypeOf(output)]
  }
  assert.deepEqual(types('application/json'), ['application/json', 'application/json'])
  assert.deepEqual(types(PB), [PB, `${PB};stream=watch`])
  assert.deepEqual(types('application/cbor'), ['application/cbor', 'application/cbor-seq'])
})
