import type { Clock } from '../../base/clock.ts'
import type { Crypto } from '../../base/crypto.ts'
import type { MessageClass } from '../../schema/message.ts'
import { apiVersionOf, type ResourceClass } from '../../schema/resource.ts'
import { utf8 } from '../base/bytes.ts'
import type { Pause } from '../base/pace.ts'
import { groupPath, rootPath, versionPath } from './discovery-paths.ts'
import { inSteps } from './in-steps.ts'
import type { PathItem } from './operation.ts'
import { resourcePaths } from './resource-paths.ts'
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
  /** The kinds that are served now, in the order of discovery. */
  readonly types: () => readonly ResourceClass[]
  /** Such as `v1.36.0`. */
  readonly release: string
}

interface GroupVersion {
  readonly group: string
  readonly version: string
  readonly types: readonly ResourceClass[]
}

interface Kept {
  readonly types: readonly ResourceClass[]
  readonly document: Encoded
}

/** The documents of OpenAPI 3, one for each group and version: made when they are first asked for, and kept. */
export class DocumentsV3 {
  readonly #options: DocumentsOptions
  readonly #kept = new Map<string, Kept>()
  #making: Promise<ReadonlyMap<string, Encoded>> = Promise.resolve(new Map())

  constructor(options: DocumentsOptions) {
    this.#options = options
  }

  /** All documents by path below `/openapi/v3/`, such as `apis/apps/v1`. One call works at a time, the others wait. */
  all(): Promise<ReadonlyMap<string, Encoded>> {
    const next = this.#making.then(() => this.#make())
    // A failure is for who asked; whoever asks later tries anew.
    this.#making = next.catch(() => new Map<string, Encoded>())
    return next
  }

  async #make(): Promise<ReadonlyMap<string, Encoded>> {
    const made = new Map<MessageClass, string>()
    const all = new Map<string, Encoded>()
    for (const { path, types, groupVersions, paths } of wanted(this.#options.types())) {
      const kept = this.#kept.get(path)
      const document =
        kept && same(kept.types, types)
          ? kept.document
          : await this.#encode(paths(), { version: 3, types, groupVersions, made })
      this.#kept.set(path, { types, document })
      all.set(path, document)
    }
    for (const path of this.#kept.keys()) if (!all.has(path)) this.#kept.delete(path)
    return all
  }

  async #encode(
    paths: readonly PathItem[],
    options: Parameters<typeof documentV3>[1],
  ): Promise<Encoded> {
    const { clock, crypto, pause, release } = this.#options
    const pieces = await inSteps(clock, pause, documentV3(paths, options, release))
    const bytes = utf8(pieces.join(''))
    return { bytes, hash: crypto.hashHex('sha512', bytes).toUpperCase() }
  }
}

interface Wanted {
  readonly path: string
  readonly types: readonly ResourceClass[]
  readonly groupVersions: readonly GroupVersion[]
  readonly paths: () => readonly PathItem[]
}

function wanted(types: readonly ResourceClass[]): readonly Wanted[] {
  const versions = [...Map.groupBy(types, ({ resource }) => apiVersionOf(resource)).values()].map(
    (of) => ({ ...of[0]!.resource, types: of }),
  )
  const groups = [...new Set(versions.map(({ group }) => group))].filter((name) => name !== '')
  return [
    bare('api', () => [rootPath('api')]),
    ...versions.map((each) => ({
      path: `${each.group === '' ? 'api' : 'apis'}/${apiVersionOf(each)}`,
      types: each.types,
      groupVersions: [each],
      paths: () => [versionPath(each), ...each.types.flatMap(resourcePaths)],
    })),
    bare('apis', () => [rootPath('apis')]),
    ...groups.map((name) => bare(`apis/${name}`, () => [groupPath(name)])),
  ]
}

function bare(path: string, paths: () => readonly PathItem[]): Wanted {
  return { path, types: [], groupVersions: [], paths }
}

function same(a: readonly ResourceClass[], b: readonly ResourceClass[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i])
}
