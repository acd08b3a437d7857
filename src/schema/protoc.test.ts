import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { CustomResourceDefinition } from '../api/apiextensions/v1/custom-resource-definition.ts'
import { Deployment } from '../api/apps/v1/deployment.ts'
import { Node } from '../api/core/v1/node.ts'
import { Pod } from '../api/core/v1/pod.ts'
import { Secret } from '../api/core/v1/secret.ts'
import { Service } from '../api/core/v1/service.ts'
import type { ScalarType } from './field.ts'
import type { MessageClass } from './message.ts'
import { referencedMessages } from './openapi.ts'
import { protoFields, type ProtoField } from './proto-fields.ts'
import { decodeMessage, encodeMessage } from './protobuf.ts'
import { arbitraryOf } from './testing.ts'

const hasProtoc = spawnSync('protoc', ['--version']).status === 0
const skip = hasProtoc ? false : 'protoc is not installed'

const SCALARS: Partial<Record<ScalarType, string>> = {
  string: 'string',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  double: 'double',
  bytes: 'bytes',
}

/** Scalars that are messages on the wire, as Kubernetes declares them. */
const WRAPPERS = `
message Quantity { optional string string = 1; }
message IntOrString { optional int64 type = 1; optional int32 intVal = 2; optional string strVal = 3; }
message Time { optional int64 seconds = 1; optional int32 nanos = 2; }
message MicroTime { optional int64 seconds = 1; optional int32 nanos = 2; }
message RawExtension { optional bytes raw = 1; }
message FieldsV1 { optional bytes Raw = 1; }
message JSON { optional bytes raw = 1; }
message JSONSchemaPropsOrArray { optional JSONSchemaProps schema = 1; repeated JSONSchemaProps jSONSchemas = 2; }
message JSONSchemaPropsOrBool { optional bool allows = 1; optional JSONSchemaProps schema = 2; }
message JSONSchemaPropsOrStringArray { optional JSONSchemaProps schema = 1; repeated string property = 2; }
`

const WRAPPER_NAMES: Partial<Record<ScalarType, string>> = {
  quantity: 'Quantity',
  intOrString: 'IntOrString',
  time: 'Time',
  microTime: 'MicroTime',
  rawExtension: 'RawExtension',
  fieldsV1: 'FieldsV1',
  json: 'JSON',
  jsonSchemaPropsOrArray: 'JSONSchemaPropsOrArray',
  jsonSchemaPropsOrBool: 'JSONSchemaPropsOrBool',
  jsonSchemaPropsOrStringArray: 'JSONSchemaPropsOrStringArray',
}

/** The declarations as a .proto file. Sub-messages that JSON does not have are groups of fields within. */
function protoOf(messages: readonly MessageClass[]): string {
  const all = new Set<MessageClass>()
  const add = (message: MessageClass): void => {
    if (all.has(message)) return
    all.add(message)
    for (const each of referencedMessages(message)) add(each)
  }
  for (const message of messages) add(message)
  const texts = [...all].map((each) => `message ${each.name} {${bodyOf(protoFields(each))}}`)
  return `syntax = "proto2";\n${WRAPPERS}${texts.join('\n')}`
}

function bodyOf(fields: readonly ProtoField[]): string {
  return fields.map(lineOf).join(' ')
}

function lineOf(field: ProtoField): string {
  if (field.kind === 'group') {
    const type = `Within${field.tag}`
    return `message ${type} {${bodyOf(field.fields)}} optional ${type} f${field.tag} = ${field.tag};`
  }
  const { info, tag } = field
  const type =
    info.type === 'message'
      ? info.of!().name
      : (SCALARS[info.type] ?? WRAPPER_NAMES[info.type] ?? assert.fail(info.type))
  const rule = { single: `optional ${type}`, list: `repeated ${type}`, map: `map<string, ${type}>` }
  return `${rule[info.shape]} f${tag} = ${tag};`
}

test('protoc reads what is encoded, and writes the same bytes', { skip }, () => {
  const kinds = [Pod, Deployment, Service, Node, Secret, CustomResourceDefinition]
  const dir = mkdtempSync(join(tmpdir(), 'protoc-'))
  try {
    writeFileSync(join(dir, 'all.proto'), protoOf(kinds))
    for (const kind of kinds) {
      for (const value of fc.sample(arbitraryOf(kind), 2)) {
        const bytes = encodeMessage(kind, value)
        const text = protoc(dir, `--decode=${kind.name}`, bytes)
        assert.doesNotMatch(
          new TextDecoder().decode(text),
          /^\s*\d+(?::| \{)/m,
          'a field that is not declared',
        )
        const again = protoc(dir, `--encode=${kind.name}`, text)
        assert.deepEqual(decodeMessage(kind, again), decodeMessage(kind, bytes))
        assert.equal(again.toHex(), bytes.toHex())
      }
    }
  } finally {
    rmSync(dir, { recursive: true })
  }
})

function protoc(dir: string, mode: string, input: Uint8Array): Uint8Array {
  const { status, stdout, stderr } = spawnSync('protoc', [mode, '-I', dir, 'all.proto'], { input })
  assert.equal(status, 0, stderr.toString())
  return new Uint8Array(stdout)
}
