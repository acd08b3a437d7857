import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GrpcServer, serveGrpc, unaryMethod } from '../../../grpc/grpc-server.node.ts'
import { KMS } from './kms-messages.ts'

/** A KMS plugin with keys that it makes of their names, on a socket of its own. */
export interface TestPlugin extends AsyncDisposable {
  readonly endpoint: string
  keyId: string
  healthz: string
  /** The calls that came, by their names. */
  readonly calls: string[]
  /** Until when decryptions wait. */
  held: Promise<void> | undefined
  stop(): Promise<void>
  start(): Promise<void>
}

export async function testPlugin(): Promise<TestPlugin> {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-kms-'))
  const socket = join(directory, 'kms.sock')
  let server: GrpcServer | undefined
  const plugin: TestPlugin = {
    endpoint: `unix://${socket}`,
    keyId: 'one',
    healthz: 'ok',
    calls: [],
    held: undefined,
    async start() {
      server = await serveGrpc(socket, [
        unaryMethod(KMS.status, () => {
          plugin.calls.push('status')
          return { version: 'v2', healthz: plugin.healthz, keyId: plugin.keyId }
        }),
        unaryMethod(KMS.encrypt, ({ plaintext }) => {
          plugin.calls.push('encrypt')
          return { ciphertext: encrypted(plugin.keyId, plaintext), keyId: plugin.keyId }
        }),
        unaryMethod(KMS.decrypt, async ({ ciphertext, keyId }) => {
          plugin.calls.push('decrypt')
          await plugin.held
          return { plaintext: decrypted(keyId, ciphertext) }
        }),
      ])
    },
    async stop() {
      await server?.[Symbol.asyncDispose]()
      server = undefined
      await rm(socket, { force: true })
    },
    async [Symbol.asyncDispose]() {
      await plugin.stop()
      await rm(directory, { recursive: true })
    },
  }
  await plugin.start()
  return plugin
}

const keyOf = (keyId: string): Buffer => createHash('sha256').update(keyId).digest()

function encrypted(keyId: string, plain: Uint8Array): Uint8Array {
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', keyOf(keyId), iv)
  return new Uint8Array(Buffer.concat([iv, cipher.update(plain), cipher.final()]))
}

function decrypted(keyId: string, bytes: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-256-cbc', keyOf(keyId), bytes.subarray(0, 16))
  return new Uint8Array(Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]))
}
