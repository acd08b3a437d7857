import { type Random, randomInt } from '../../../base/random.ts'

/** Something that was done to a file, as `recorder.c` writes it down. */
export interface Operation {
  readonly type: 'created' | 'written' | 'truncated' | 'synced' | 'unlinked'
  readonly path: string
  /** The offset of a write, the size after a truncation. */
  readonly number: number
  readonly data: Uint8Array
}

const TYPES = [undefined, 'created', 'written', 'truncated', 'synced', 'unlinked'] as const
const HEAD_BYTES = 15

export function* parseLog(log: Uint8Array): Generator<Operation> {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength)
  const decoder = new TextDecoder()
  for (let at = 0; at < log.length;) {
    const pathAt = at + HEAD_BYTES
    const dataAt = pathAt + view.getUint16(at + 1, true)
    const end = dataAt + view.getUint32(at + 11, true)
    const type = TYPES[log[at]!]
    if (!type) throw new Error(`not a record at ${at}`)
    yield {
      type,
      path: decoder.decode(log.subarray(pathAt, dataAt)),
      number: Number(view.getBigUint64(at + 3, true)),
      data: log.subarray(dataAt, end),
    }
    at = end
  }
}

type Content = Uint8Array<ArrayBuffer>

interface File {
  /** What is certain to be on the disk. */
  durable: Content
  /** What was done since the last sync, of which any part may be. */
  pending: Operation[]
}

const SECTOR_BYTES = 512

/**
 * A disk as POSIX promises it, and no more: a file's content is certain when the file has been synced, its name when its
 * folder has been. Of everything later, a power cut leaves what it likes: of writes any sectors, in any order; of names
 * the first few changes.
 */
export class Disk {
  readonly #folder: string
  readonly #files = new Map<string, File>()
  readonly #durableNames = new Map<string, File>()
  #pendingNames: { readonly path: string; readonly file: File | undefined }[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  apply(operation: Operation): void {
    const { path } = operation
    switch (operation.type) {
      case 'created':
        return this.#rename(path, { durable: new Uint8Array(), pending: [] })
      case 'unlinked':
        return this.#rename(path, undefined)
      case 'synced':
        return path === this.#folder ? this.#syncNames() : this.#sync(path)
      case 'written':
      case 'truncated':
        this.#files.get(path)?.pending.push(operation)
        return
      default:
        operation.type satisfies never
    }
  }

  /** The files as they might be found after a power cut now. */
  cut(random: Random): Map<string, Content> {
    const names = new Map(this.#durableNames)
    const surviving = randomInt(random, this.#pendingNames.length + 1)
    for (const { path, file } of this.#pendingNames.slice(0, surviving)) {
      if (file) names.set(path, file)
      else names.delete(path)
    }
    return new Map([...names].map(([path, file]) => [path, survivor(file, random)]))
  }

  #rename(path: string, file: File | undefined): void {
    if (file) this.#files.set(path, file)
    else this.#files.delete(path)
    this.#pendingNames.push({ path, file })
  }

  #syncNames(): void {
    for (const { path, file } of this.#pendingNames) {
      if (file) this.#durableNames.set(path, file)
      else this.#durableNames.delete(path)
    }
    this.#pendingNames = []
  }

  #sync(path: string): void {
    const file = this.#files.get(path)
    if (!file) return
    for (const operation of file.pending) file.durable = done(operation, file.durable)
    file.pending = []
  }
}

/** Everything that was ever written to the path, in order, as text. */
export function textWritten(operations: Iterable<Operation>, path: string): string {
  const decoder = new TextDecoder()
  let text = ''
  for (const operation of operations) {
    if (operation.type === 'written' && operation.path === path)
      text += decoder.decode(operation.data)
  }
  return text
}

function survivor({ durable, pending }: File, random: Random): Content {
  const chance = random.next() // From nearly nothing to nearly everything.
  let content = durable.slice()
  for (const operation of pending) {
    if (operation.type === 'truncated') {
      if (random.next() < chance) content = done(operation, content)
    } else {
      for (const sector of sectorsOf(operation)) {
        if (random.next() < chance) content = done(sector, content)
      }
    }
  }
  return content
}

function* sectorsOf(operation: Operation): Generator<Operation> {
  const { number, data } = operation
  for (let at = 0; at < data.length; at += SECTOR_BYTES) {
    yield { ...operation, number: number + at, data: data.subarray(at, at + SECTOR_BYTES) }
  }
}

function done({ type, number, data }: Operation, content: Content): Content {
  const size = type === 'truncated' ? number : Math.max(content.length, number + data.length)
  const result = resized(content, size)
  if (type === 'written') result.set(data, number)
  return result
}

// In place where it can be: files grow by many small writes.
function resized(content: Content, size: number): Content {
  if (size === content.length) return content
  if (size <= content.buffer.byteLength) {
    const result = new Uint8Array(content.buffer, 0, size)
    if (size > content.length) result.fill(0, content.length)
    return result
  }
  const result = new Uint8Array(new ArrayBuffer(size * 2), 0, size)
  result.set(content)
  return result
}
