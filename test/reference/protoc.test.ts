import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { MessageClass } from '../../src/schema/message.ts'
import { decodeMessage, encodeMessage } from '../../src/schema/protobuf.ts'
import { ProtoWriter } from '../../src/schema/proto-writer.ts'
import { arbitraryOf } from '../../src/schema/testing.ts'
import { declaredMessages } from './declared.ts'

/** Kubernetes' own .proto files, which are not part of this project. */
const PROTO = join(import.meta.dirname, '..', '..', '..', 'shared', 'reference', 'proto')
const RUNS = 3

const skip = !existsSync(PROTO)
  ? "Kubernetes' .proto files are not beside the project"
  : spawnSync('protoc', ['--version']).status !== 0 && 'protoc is not installed'

/** A message that is on the wire, and how its .proto file calls it. */
interface Wired {
  readonly message: MessageClass
  readonly file: string
  readonly name: string
}

test(
  "protoc reads every type with Kubernetes' own declarations, and writes the same bytes",
  { skip },
  async () => {
    const wired = await wiredMessages()
    assert.ok(wired.length > 800, String(wired.length))
    const seed = Date.now() % 2 ** 31
    const samples = wired.map(({ message }) =>
      fc.sample(arbitraryOf(message), { numRuns: RUNS, seed }),
    )
    const encoded = samples.map((each, i) =>
      each.map((value) => encodeMessage(wired[i]!.message, value)),
    )

    const dir = mkdtempSync(join(tmpdir(), 'protoc-'))
    try {
      writeFileSync(join(dir, 'all.proto'), declarationOf(wired))
      const text = protoc(dir, '--decode=All', joined(encoded))
      const unknown = /^ *\d+(?::| \{)/m.exec(new TextDecoder().decode(text))
      assert.equal(unknown, null, `seed ${seed}: a field that Kubernetes does not declare`)
      const again = protoc(dir, '--encode=All', text)
      if (!Buffer.from(again).equals(joined(encoded))) explain(dir, wired, encoded, seed)
    } finally {
      rmSync(dir, { recursive: true })
    }
    for (const [i, { message, name }] of wired.entries()) {
      for (const bytes of encoded[i]!)
        assert.equal(
          encodeMessage(message, decodeMessage(message, bytes)).toHex(),
          bytes.toHex(),
          name,
        )
    }
  },
)

/** Each type that a .proto file declares. What none declares must have no tags. */
async function wiredMessages(): Promise<readonly Wired[]> {
  const wired: Wired[] = []
  for (const message of (await declaredMessages()).values()) {
    const path = join('k8s.io', ...message.info.package.split('.').slice(2), 'generated.proto')
    const text = existsSync(join(PROTO, path)) ? readFileSync(join(PROTO, path), 'utf8') : ''
    if (!text.includes(`\nmessage ${message.name} {`)) {
      const isTagged = Object.values(message.fields).some(({ info }) => info.tag > 0)
      assert.ok(!isTagged, `${message.info.package}.${message.name} is in no .proto file`)
      continue
    }
    wired.push({
      message,
      file: path,
      name: `.${/^package (.*);/m.exec(text)![1]}.${message.name}`,
    })
  }
  return wired
}

/** One message that holds all others, so that one run of protoc is enough. */
function declarationOf(wired: readonly Wired[]): string {
  const files = new Set(wired.map(({ file }) => file))
  const fields = wired.map(({ name }, i) => `repeated ${name} f${i + 1} = ${i + 1};`)
  return [
    'syntax = "proto2";',
    ...[...files].map((file) => `import "${file}";`),
    `message All { ${fields.join('\n')} }`,
  ].join('\n')
}

function joined(encoded: readonly (readonly Uint8Array[])[]): Uint8Array {
  const writer = new ProtoWriter()
  for (const [i, each] of [...encoded.entries()].toReversed()) {
    for (const bytes of each.toReversed()) {
      const before = writer.length
      writer.bytes(bytes)
      writer.nested(i + 1, before)
    }
  }
  return writer.finish()
}

/** Finds the type whose bytes differ. */
function explain(
  dir: string,
  wired: readonly Wired[],
  encoded: readonly (readonly Uint8Array[])[],
  seed: number,
): never {
  for (const [i, { name }] of wired.entries()) {
    for (const bytes of encoded[i]!) {
      const text = protoc(dir, `--decode=${name.slice(1)}`, bytes)
      const again = protoc(dir, `--encode=${name.slice(1)}`, text)
      assert.equal(again.toHex(), bytes.toHex(), `seed ${seed}: ${name}`)
    }
  }
  assert.fail('the bytes differ only as a whole')
}

function protoc(dir: string, mode: string, input: Uint8Array): Uint8Array {
  const args = [mode, '-I', dir, '-I', PROTO, 'all.proto']
  const { status, stdout, stderr } = spawnSync('protoc', args, { input, maxBuffer: 2 ** 30 })
  assert.equal(status, 0, stderr.toString())
  return new Uint8Array(stdout)
}
