import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  byteLength,
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  pathSegmentProblems,
  qualifiedNameProblems,
  wildcardDns1123SubdomainProblems,
} from './names.ts'
import {
  configMapKeyProblems,
  envVarNameProblems,
  portNameProblems,
  portNumberProblems,
} from './value-rules.ts'

test('good names have no problems', () => {
  assert.deepEqual(
    [
      dns1123LabelProblems('0-a'),
      dns1123SubdomainProblems('a.b-c.d'),
      dns1035LabelProblems('a-1'),
      wildcardDns1123SubdomainProblems('*.a.b'),
      qualifiedNameProblems('example.com/My_name.x'),
      pathSegmentProblems('system:node'),
      portNameProblems('http-2'),
      portNumberProblems(80),
      envVarNameProblems('A b'),
      configMapKeyProblems('a..b'),
    ].flat(),
    [],
  )
})

test("problems are told in Kubernetes' words", () => {
  assert.deepEqual(dns1123LabelProblems('a.b'), ['must not contain dots'])
  assert.deepEqual(dns1123LabelProblems('A'), [
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ])
  assert.deepEqual(dns1123SubdomainProblems('a_b'), [
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ])
  assert.deepEqual(dns1123SubdomainProblems('a'.repeat(254)), [
    'must be no more than 253 characters',
  ])
  assert.deepEqual(qualifiedNameProblems('/')[0], 'prefix part must be non-empty')
  assert.deepEqual(pathSegmentProblems('a/b%'), ["may not contain '/'", "may not contain '%'"])
  assert.deepEqual(pathSegmentProblems('..'), ["may not be '..'"])
  assert.deepEqual(portNumberProblems(0), ['must be between 1 and 65535, inclusive'])
  assert.deepEqual(configMapKeyProblems('..a'), ["must not start with '..'"])
  assert.deepEqual(portNameProblems('1--2'), [
    'must contain at least one letter (a-z)',
    'must not contain consecutive hyphens',
  ])
})

test('a name with a line break at its end is no name', () => {
  assert.equal(dns1123LabelProblems('a\n').length, 1)
})

test('byteLength() is the length in UTF-8', () => {
  const encoder = new TextEncoder()
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(byteLength(text), encoder.encode(text).length)
    }),
  )
})
