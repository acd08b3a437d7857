import type { Clock } from '../../base/clock.ts'
import type { Crypto } from '../../base/crypto.ts'
import type { MessageClass } from '../../schema/message.ts'
import type { OpenApiVersion } from '../../schema/openapi.ts'
import { apiVersionOf, type ResourceClass } from '../../schema/resource.ts'
import type { ExternalVersion } from '../aggregator/external-versions.ts'
import { join, utf8 } from '../base/bytes.ts'
import type { Pause } from '../base/pace.ts'
import type { DefinitionOptions } from './definitions.ts'
import { externalDocuments, withExternalParts } from './external.ts'
import { groupPath, rootPath, versionPath } from './discovery-paths.ts'
import { inSteps } from './in-steps.ts'
import type { PathItem } from './operation.ts'
import { resourcePaths } from './resource-paths.ts'
import { versionInfoPath } from './version-path.ts'
import { protobufOf } from './protobuf.ts'
import { partsV2, textOf } from './version2.ts'
import { documentV3 } from './version3.ts'

/** A document as it is sent. */
export interface Encoded {
  readonly bytes: Uint8Array
  /** SHA-512 in capital hexadecimal digits. */
  readonly hash: string
}

export interface DocumentsOptions {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly pause?: Pause
  /** The kinds that are served now. */
  readonly types: () => readonly ResourceClass[]
  /** What other servers answer now, and say of themselves. */
  readonly external?: () => readonly ExternalVersion[]
  /** Such as `v1.36.0`. */
  readonly release: string
}

const NONE: readonly ExternalVersion[] = []

/** A version of OpenAPI, as JSON or as protobuf. */
export type DocumentForm = 'v2' | 'v2-protobuf' | 'v3'

type Make = (
  paths: readonly PathItem[],
  options: DefinitionOptions,
  release: string,
  external: readonly ExternalVersion[],
) => Generator<void, Uint8Array>

const FORMS: Readonly<Record<DocumentForm, Make>> = {
  *v2(paths, options, release, external) {
    const own = yield* partsV2(paths, options, release)
    return yield* bytesOf(textOf(withExternalParts(own, external)))
  },
  *'v2-protobuf'(paths, options, release, external) {
    const own = yield* partsV2(paths, options, release)
    return yield* protobufOf(withExternalParts(own, external))
  },
  *v3(paths, options, release) {
    return yield* bytesOf(yield* documentV3(paths, options, release))
  },
}

// Piece by piece: a megabyte at once takes long enough for others to notice.
function* bytesOf(pieces: readonly string[]): Generator<void, Uint8Array> {
  const encoded: Uint8Array[] = []
  for (const piece of pieces) {
    encoded.push(utf8(piece))
    yield
  }
  yield
  return join(encoded)
}

/** The documents of a version of OpenAPI, made when they are first asked for, and kept for as long as they hold. */
export class Documents {
  readonly #form: DocumentForm
  readonly #version: OpenApiVersion
  readonly #options: DocumentsOptions
  #kept: ReadonlyMap<string, Kept> = new Map()
  #external = NONE
  #making: Promise<unknown> = Promise.resolve()

  constructor(form: DocumentForm, options: DocumentsOptions) {
    this.#form = form
    this.#version = form === 'v3' ? 3 : 2
    this.#options = options
  }

  /** All documents by path, as they are asked for below `/openapi/`. One call works at a time, the others wait. */
  all(): Promise<ReadonlyMap<string, Encoded>> {
    const next = this.#making.then(() => this.#make())
    // A failure is for who asked; whoever asks later tries anew.
    this.#making = next.catch(() => undefined)
    return next
  }

  async #make(): Promise<ReadonlyMap<string, Encoded>> {
    const made = new Map<MessageClass, string>()
    const kept = new Map<string, Kept>()
    const wanted = this.#version === 3 ? wantedV3 : wantedV2
    const external = this.#options.external?.() ?? NONE
    // The documents of OpenAPI 3.0 are each of one server.
    const isStale = this.#version === 2 && external !== this.#external
    for (const each of wanted(this.#options.types())) {
      const { path, types } = each
      const old = isStale ? undefined : this.#kept.get(path)
      const document =
        old && same(old.types, types) ? old.document : await this.#encode(each, made, external)
      kept.set(path, { types, document })
    }
    this.#kept = kept
    this.#external = external
    return new Map([
      ...[...kept].map(([path, { document }]) => [path, document] as const),
      ...(this.#version === 3 ? externalDocuments(external) : []),
    ])
  }

  async #encode(
    { types, paths }: Wanted,
    made: Map<MessageClass, string>,
    external: readonly ExternalVersion[],
  ): Promise<Encoded> {
    const { clock, crypto, pause, release } = this.#options
    const options: DefinitionOptions = { version: this.#version, types, made }
    const make = FORMS[this.#form]
    const bytes = await inSteps(clock, pause, steps())
    await pause?.()
    return { bytes, hash: crypto.hashHex('sha512', bytes).toUpperCase() }

    function* steps(): Generator<void, Uint8Array> {
      return yield* make(yield* paths(), options, release, external)
    }
  }
}

/** A document and the kinds that it was made of. */
interface Kept {
  readonly types: readonly ResourceClass[]
  readonly document: Encoded
}

interface Wanted {
  readonly path: string
  readonly types: readonly ResourceClass[]
  /** What the document is about. Yields often. */
  readonly paths: () => Generator<void, readonly PathItem[]>
}

function wantedV2(types: readonly ResourceClass[]): readonly Wanted[] {
  return [
    {
      path: 'v2',
      types,
      *paths() {
        const items: PathItem[] = []
        for (const { paths } of wantedV3(types)) items.push(...(yield* paths()))
        return items
      },
    },
  ]
}

/** One document for each group and version, and small ones above them. */
function wantedV3(types: readonly ResourceClass[]): readonly Wanted[] {
  const versions = Map.groupBy(types, ({ resource }) => apiVersionOf(resource))
  const groups = new Set(types.map(({ resource }) => resource.group))
  groups.delete('')
  return [
    bare('v3/api', () => rootPath('api')),
    bare('v3/apis', () => rootPath('apis')),
    bare('v3/version', () => versionInfoPath),
    ...[...groups].map((name) => bare(`v3/apis/${name}`, () => groupPath(name))),
    ...[...versions].map(([apiVersion, of]) => versionDocument(apiVersion, of)),
  ]
}

function versionDocument(apiVersion: string, types: readonly ResourceClass[]): Wanted {
  const { group, version } = types[0]!.resource
  return {
    path: `v3/${group === '' ? 'api' : 'apis'}/${apiVersion}`,
    types,
    *paths() {
      const items = [versionPath({ group, version })]
      for (const type of types) {
        items.push(...resourcePaths(type))
        yield
      }
      return items
    },
  }
}

function bare(path: string, item: () => PathItem): Wanted {
  return {
    path,
    types: [],
    *paths() {
      yield
      return [item()]
    },
  }
}

function same(a: readonly ResourceClass[], b: readonly ResourceClass[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i])
}
