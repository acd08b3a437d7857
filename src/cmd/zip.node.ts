import { open, type FileHandle, writeFile } from 'node:fs/promises'
import { inflateRawSync } from 'node:zlib'

const END_OF_DIRECTORY = 0x06054b50
const TAIL_BYTES = 65_557 // The record at a ZIP archive's end, with its longest comment.

/**
 * Takes files out of a ZIP archive (APPNOTE 6.3), by their names in it, and makes them executable.
 * Throws where one is not there. Archives beyond 4 GiB are not read.
 */
export async function extractZipEntries(
  archive: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await using file = await open(archive)
  const entries = await readDirectory(file)
  for (const [name, target] of Object.entries(files)) {
    const entry = entries.get(name)
    if (!entry) throw new Error(`Cannot find ${name} in ${archive}`)
    await writeFile(target, await readEntry(file, entry), { mode: 0o755 })
  }
}

interface ZipEntry {
  readonly method: number
  readonly compressedBytes: number
  readonly offset: number
}

async function readDirectory(file: FileHandle): Promise<ReadonlyMap<string, ZipEntry>> {
  const { size } = await file.stat()
  const tail = await readAt(file, Math.max(0, size - TAIL_BYTES), Math.min(size, TAIL_BYTES))
  let end = tail.length - 22
  while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1
  if (end < 0) throw new Error('Cannot read the archive: it is no ZIP file')

  const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
  const entries = new Map<string, ZipEntry>()
  for (let at = 0; at < directory.length;) {
    const nameBytes = directory.readUInt16LE(at + 28)
    entries.set(directory.toString('utf8', at + 46, at + 46 + nameBytes), {
      method: directory.readUInt16LE(at + 10),
      compressedBytes: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    })
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return entries
}

async function readEntry(
  file: FileHandle,
  { method, compressedBytes, offset }: ZipEntry,
): Promise<Buffer> {
  const header = await readAt(file, offset, 30)
  const data = offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  const bytes = await readAt(file, data, compressedBytes)
  return method === 0 ? bytes : inflateRawSync(bytes)
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer
}
