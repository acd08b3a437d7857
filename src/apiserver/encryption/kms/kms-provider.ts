import { uuid, type Random } from '../../../base/random.ts'
import type { Clock } from '../../../base/clock.ts'
import { within, type Connection } from '../../../grpc/connection.ts'
import type { Form } from '../prefixed.ts'
import type { Ciphers, ValueCipher } from '../value-cipher.ts'
import { EncryptedObject, type EncryptResponse, KMS } from './kms-messages.ts'
import { checkAnnotations, checkDekSource, checkKeyId } from './kms-rules.ts'

export interface KmsOptions {
  /** As the configuration calls it. */
  readonly name: string
  readonly timeoutMs: number
  readonly connection: Connection
  readonly clock: Clock
  readonly random: Random
  readonly ciphers: Pick<Ciphers, 'aesgcm' | 'seeded'>
}

/** Encrypts with keys that a plugin outside keeps (KMS v2, KEP-3299). */
export interface KmsProvider extends Disposable {
  readonly form: Form
  /** Asks the plugin how it is, and for its key. Rejects with what is wrong. */
  check(): Promise<void>
}

/** What objects are written with: a seed of ours, and how the plugin encrypted it. */
interface WriteState extends Pick<EncryptResponse, 'keyId' | 'annotations' | 'ciphertext'> {
  readonly cipher: ValueCipher
  /** Until when it may be used while the plugin does not answer. */
  readonly untilMs: number
}

// Upstream's, so that a key that was changed is in use after as long as there.
const LOOK_MS = 60_000
const LOOK_AGAIN_MS = 10_000
const WRITE_MS_MAX = 180_000
const CHECKED_MS = 20_000
const SEED_BYTES = 32
const SEED_TYPE = 1
const KEYS_MAX = 1000

/**
 * One seed encrypts for as long as the plugin has the same key. The plugin has no way to tell when it changes keys, so it is
 * asked now and then, as its protocol has it.
 */
export function kmsProvider(options: KmsOptions): KmsProvider {
  const { name, timeoutMs, connection, clock, random, ciphers } = options
  const opened = new Map<string, Promise<ValueCipher>>()
  let state: WriteState | undefined
  let last: { readonly failure: Error | undefined; readonly atMs: number } | undefined
  let [timer, running, isDisposed] = [
    undefined as Disposable | undefined,
    undefined as Promise<void> | undefined,
    false,
  ]

  const newSeed = async (untilMs: number): Promise<WriteState> => {
    const seed = random.bytes(SEED_BYTES)
    const request = { plaintext: seed, uid: uuid(random) }
    const answer = await connection.unary(KMS.encrypt, request, within(timeoutMs))
    checkDekSource(answer.ciphertext)
    checkKeyId(answer.keyId)
    checkAnnotations(answer.annotations)
    return { ...answer, cipher: ciphers.seeded(seed), untilMs }
  }
  const look = async (): Promise<void> => {
    const untilMs = clock.monotonic() + WRITE_MS_MAX
    const { version, healthz, keyId } = await connection.unary(KMS.status, {}, within(timeoutMs))
    if (healthz !== 'ok') throw new Error(`got unexpected healthz status: ${healthz}`)
    if (version !== 'v2' && version !== 'v2beta1')
      throw new Error(`expected KMSv2 API version v2, got ${version}`)
    checkKeyId(keyId)
    if (state?.keyId === keyId) state = { ...state, untilMs }
    else {
      const next = await newSeed(untilMs)
      if (next.keyId !== keyId)
        throw new Error('the plugin encrypts with another key than its status names')
      state = next
      opened.set(keyOf(next.ciphertext, SEED_TYPE, keyId), Promise.resolve(next.cipher))
    }
  }
  const lookNow = (): Promise<void> =>
    (running ??= look()
      .then(
        () => undefined,
        (error: Error) => error,
      )
      .then((failure) => {
        last = { failure: failure && worded(name, failure), atMs: clock.monotonic() }
        running = undefined
        if (!isDisposed) {
          timer?.[Symbol.dispose]()
          timer = clock.after(failure ? LOOK_AGAIN_MS : LOOK_MS, () => void lookNow())
        }
      }))
  const ready = async (): Promise<WriteState> => {
    if (!state) await lookNow()
    if (!state) throw last?.failure ?? new Error(`kmsv2 Provider ${name} is not ready`)
    return state
  }
  const dekOf = (object: EncryptedObject): Promise<ValueCipher> => {
    const { encryptedDekSource: ciphertext, encryptedDekSourceType: type, keyId } = object
    const key = keyOf(ciphertext, type, keyId)
    if (opened.size > KEYS_MAX) opened.delete(opened.keys().next().value!)
    const dek = opened.getOrInsertComputed(key, async () => {
      const request = { ciphertext, uid: uuid(random), keyId, annotations: object.annotations }
      const { plaintext } = await connection
        .unary(KMS.decrypt, request, within(timeoutMs))
        .catch((cause: unknown) => {
          const why = cause instanceof Error ? cause.message : String(cause)
          throw new Error(`failed to decrypt DEK, error: ${why}`, { cause })
        })
      return type === SEED_TYPE ? ciphers.seeded(plaintext) : ciphers.aesgcm(plaintext)
    })
    dek.catch(() => opened.delete(key)) // The next reader asks again.
    return dek
  }

  const form: Form = {
    prefix: new TextEncoder().encode(`k8s:enc:kms:v2:${name}:`),
    async seal(plain, storageKey) {
      const { cipher, keyId, annotations, ciphertext, untilMs } = await ready()
      if (clock.monotonic() > untilMs)
        throw new Error('encryptedDEKSource expired: the KMS plugin is not healthy')
      return EncryptedObject.encode({
        encryptedData: cipher.seal(plain, storageKey),
        keyId,
        encryptedDekSource: ciphertext,
        annotations,
        encryptedDekSourceType: SEED_TYPE,
      })
    },
    async open(kept, storageKey) {
      const object = EncryptedObject.decode(kept)
      const { encryptedDekSourceType: type, encryptedData, keyId } = object
      if (type !== 0 && type !== SEED_TYPE)
        throw new Error(`unknown encryptedDEKSourceType: ${type}`)
      if (encryptedData.length === 0) throw new Error('encrypted data is empty')
      const dek = await dekOf(object)
      const current = await ready().catch(() => undefined)
      const isStale = current !== undefined && (keyId !== current.keyId || type !== SEED_TYPE)
      return { bytes: dek.open(encryptedData, storageKey), isStale }
    },
  }
  return {
    form,
    async check() {
      if (!last || last.failure || clock.monotonic() - last.atMs > CHECKED_MS) await lookNow()
      if (last?.failure) throw last.failure
    },
    [Symbol.dispose]() {
      isDisposed = true
      timer?.[Symbol.dispose]()
      connection[Symbol.dispose]()
    },
  }
}

function keyOf(dekSource: Uint8Array, type: number, keyId: string): string {
  return `${type}:${keyId}:${dekSource.toHex()}`
}

function worded(name: string, error: Error): Error {
  return new Error(`kmsv2 Provider ${name} is not healthy, error: ${error.message}`, {
    cause: error,
  })
}
