import { shareSets } from '../../apimachinery/managed-fields/shared-set.ts'
import type { JsonObject } from '../../apimachinery/managed-fields/type-schema.ts'
import { managedFieldsOf } from '../../apimachinery/managed-fields/update.ts'
import { encodeJson, parseJson } from '../../schema/json.ts'
import type { Value } from '../../storage/store.ts'
import type { ApiObject } from './api-object.ts'
import { KeptEncodings, type EncodingKeeper } from './kept-encodings.ts'

const encoder = new TextEncoder()

/** What all objects of the process keep in encoded form: at most about twice this, and what is in use. */
const kept = new KeptEncodings(2 ** 25)

/**
 * An object and all that was ever made of it, kept together in the store: decoded once, encoded once.
 *
 * The revision of a write is known only after the write, so an object is stored without its resourceVersion, which is
 * put in at a place that is known beforehand:
 *
 *     {"kind":"Pod","apiVersion":"v1","metadata":{                        "name":"web-0",…
 *     {"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"42","name":"web-0",…
 *
 * `bytes` are the first, `json` the second; only one of the two is kept, and neither for ever.
 */
export class StoredObject implements Value, EncodingKeeper {
  #object: ApiObject
  #revision = 0
  #bytes: Uint8Array | undefined
  /** The store holds on to the bytes, so that dropping them would free nothing. */
  readonly #isBytesShared: boolean
  #json: Uint8Array | undefined
  #encodings: Map<string, unknown> | undefined
  #size: number | undefined
  #usedIn = 0
  /** It stands for one that is stored in another form than it would be now. */
  readonly isStale: boolean

  /** The object must have kind, apiVersion and metadata as its first fields, and no resourceVersion. */
  constructor(object: ApiObject, bytes?: Uint8Array, isStale = false) {
    this.#object = object
    this.isStale = isStale
    this.#bytes = bytes
    this.#isBytesShared = bytes !== undefined
  }

  /** Reads what was stored. `complete` checks and fills in what an older release has not written. */
  static decode(bytes: Uint8Array, complete: (value: unknown) => ApiObject): StoredObject {
    const value = parseStored(bytes)
    const object = complete(value)
    // Where something had to be changed, the bytes are made anew.
    return object === value ? new StoredObject(object, bytes) : new StoredObject(inOrder(object))
  }

  /** Tells the object which write made it. */
  at(revision: number): this {
    if (this.#revision === revision) return this
    this.#revision = revision
    this.#object = versioned(this.#object, revision)
    this.#json = undefined
    return this
  }

  /** The same object as of another revision, such as that of its deletion. */
  copyAt(revision: number): StoredObject {
    return new StoredObject(this.#object, this.bytes).at(revision)
  }

  get revision(): number {
    return this.#revision
  }

  /** The object, with its resourceVersion once it has one. */
  get object(): ApiObject {
    return this.#object
  }

  /** As it is stored. */
  get bytes(): Uint8Array {
    if (this.#bytes) return this.#bytes
    if (this.#json) return withoutVersion(this.#json, this.#object, this.#revision)
    this.#bytes = encoder.encode(encodeJson(unversioned(this.#object)))
    this.#keep(this.#bytes.length)
    return this.#bytes
  }

  /** As it is served. */
  get json(): Uint8Array {
    this.#usedIn = kept.round
    if (this.#json) return this.#json
    if (this.#revision === 0) return this.bytes
    const json = withVersion(this.bytes, this.#object, this.#revision)
    if (this.#isBytesShared) return json
    this.#json = json
    this.#bytes = undefined
    this.#keep(json.length)
    return json
  }

  get size(): number {
    return this.#bytes?.length ?? this.#json?.length ?? (this.#size ??= roughSize(this.#object))
  }

  /** Another encoding of the object, made on first use and kept. */
  encoding<T>(name: string, make: (object: ApiObject) => T): T {
    this.#usedIn = kept.round
    const known = this.#encodings?.get(name)
    if (known !== undefined) return known as T
    const made = make(this.#object)
    this.#encodings ??= new Map<string, unknown>()
    this.#encodings.set(name, made)
    this.#keep(this.size)
    return made
  }

  get usedIn(): number {
    return this.#usedIn
  }

  /** Drops what can be made anew. */
  forget(): void {
    if (!this.#isBytesShared) this.#bytes = undefined
    this.#json = undefined
    this.#encodings = undefined
  }

  #keep(size: number): void {
    this.#size = size
    this.#usedIn = kept.round
    kept.add(this, size)
  }
}

/** What was stored, as plain data. */
export function parseStored(bytes: Uint8Array): unknown {
  const value = parseJson(bytes)
  shareSets(managedFieldsOf(value as JsonObject))
  return value
}

/** Kind, apiVersion and metadata first. */
export function inOrder(object: ApiObject): ApiObject {
  const { kind, apiVersion, metadata, ...rest } = object
  return { kind, apiVersion, metadata, ...rest }
}

function versioned(object: ApiObject, revision: number): ApiObject {
  const copy: ApiObject = {
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(revision) },
  }
  if (!Object.isFrozen(object)) return copy
  Object.freeze(copy.metadata)
  return Object.freeze(copy)
}

function unversioned(object: ApiObject): ApiObject {
  if (object.metadata.resourceVersion === undefined) return object
  const { resourceVersion: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

function withVersion(bytes: Uint8Array, object: ApiObject, revision: number): Uint8Array {
  const at = metadataStart(object)
  const field = versionField(revision)
  const json = new Uint8Array(bytes.length + field.length)
  json.set(bytes.subarray(0, at))
  encoder.encodeInto(field, json.subarray(at))
  json.set(bytes.subarray(at), at + field.length)
  return json
}

function withoutVersion(json: Uint8Array, object: ApiObject, revision: number): Uint8Array {
  const at = metadataStart(object)
  const { length } = versionField(revision)
  const bytes = new Uint8Array(json.length - length)
  bytes.set(json.subarray(0, at))
  bytes.set(json.subarray(at + length), at)
  return bytes
}

function versionField(revision: number): string {
  return `"resourceVersion":"${revision}",`
}

// Kinds and versions are ASCII, so characters count as bytes.
function metadataStart({ kind, apiVersion }: ApiObject): number {
  return `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":{`.length
}

const ROUGH_DEPTH_MAX = 4 // What lies deeper, such as the fields that managers own, is mostly shared between versions.
const DEEP_BYTES = 128

// Only bounds on memory go by it, so it need not be right, only quick.
function roughSize(value: unknown, depth = 0): number {
  if (typeof value === 'string') return value.length + 3
  if (typeof value !== 'object' || value === null) return 8
  if (depth >= ROUGH_DEPTH_MAX) return DEEP_BYTES
  let size = 2
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) size += 1 + roughSize(item, depth + 1)
    return size
  }
  for (const name in value)
    size += name.length + 4 + roughSize((value as Record<string, unknown>)[name], depth + 1)
  return size
}
