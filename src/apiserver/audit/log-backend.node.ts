import { chown, mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { encodeJson } from '../../schema/json.ts'
import type { AuditBackend } from './audit-event.ts'

export interface LogBackendOptions {
  /** The file; `-` is standard output. */
  readonly path: string
  /** After how many days old files are removed; 0 keeps them. */
  readonly maxAgeDays: number
  /** How many old files are kept; 0 keeps all. */
  readonly maxBackups: number
  /** From how many bytes on a new file is begun; 0 goes on with the same for ever. */
  readonly maxBytes: number
  /** Whom file and directory are to belong to, where this process will go on as somebody else. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  readonly clock: Clock
  readonly logger: Logger
}

const WAITING_BYTES_MAX = 64 * 1024 * 1024 // Beyond, the disk is too slow: events are lost, not requests.
const DAY_MS = 86_400_000
const FILE_MODE = 0o600
const DIRECTORY_MODE = 0o700

/** Writes events as lines of JSON, into a new file when one is full. Throws the file system's errors where it cannot. */
export async function logBackend(options: LogBackendOptions): Promise<AuditBackend> {
  const { logger, path } = options
  const file = path === '-' ? undefined : await openRotating(options)
  let waiting: string[] = []
  let [waitingBytes, lost, lostInAll] = [0, 0, 0]
  let writing: Promise<void> | undefined

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const lines = waiting
      const text = lines.join('')
      waiting = []
      waitingBytes = 0
      try {
        await (file ? file.write(text) : writeToOutput(text))
      } catch (error) {
        const events = lines.length
        lostInAll += events
        logger.error('Cannot write audit events', { path, events, error: String(error) })
      }
    }
    tellLost()
    writing = undefined
  }
  const tellLost = (): void => {
    if (lost > 0) logger.error('Audit events were lost: the disk was too slow', { path, lost })
    lost = 0
  }
  return {
    send(event) {
      const line = `${encodeJson(event)}\n`
      if (waitingBytes + line.length > WAITING_BYTES_MAX) {
        lostInAll++
        if (lost++ === 0) logger.error('Audit events are lost: the disk is too slow', { path })
        return
      }
      waiting.push(line)
      waitingBytes += line.length
      writing ??= Promise.resolve().then(writeAll)
    },
    lost: () => ({ log: lostInAll }),
    async [Symbol.asyncDispose]() {
      await writing
      tellLost()
      await file?.close()
    },
  }
}

function writeToOutput(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()))
  })
}

interface RotatingFile {
  write(text: string): Promise<void>
  close(): Promise<void>
}

async function openRotating(options: LogBackendOptions): Promise<RotatingFile> {
  const { maxBytes, path } = options
  let { handle, bytes } = await openFile(options)
  const rotate = async (): Promise<void> => {
    const full = handle
    try {
      await rename(path, backupPath(options)).catch(unlessMissing)
      // Until the next file is open, the full one takes what comes, under whichever name.
      ;({ handle, bytes } = await openFile(options))
      await full.close()
      await removeOld(options)
    } catch (error) {
      options.logger.error('Cannot begin a new audit log', { path, error: String(error) })
      bytes = 0 // It is tried again when as much has been written once more.
    }
  }
  return {
    async write(text) {
      const buffer = Buffer.from(text)
      if (maxBytes > 0 && bytes > 0 && bytes + buffer.length > maxBytes) await rotate()
      await handle.appendFile(buffer)
      bytes += buffer.length
    },
    close: () => handle.close(),
  }
}

/** An attempt before may have moved the file and got no further. */
function unlessMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}

async function openFile({
  path,
  owner,
}: LogBackendOptions): Promise<{ handle: FileHandle; bytes: number }> {
  const made = await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE })
  const gives = owner && process.getuid?.() === 0
  if (made !== undefined && gives) await chown(dirname(path), owner.uid, owner.gid)
  const handle = await open(path, 'a', FILE_MODE)
  try {
    if (gives) await handle.chown(owner.uid, owner.gid)
    return { handle, bytes: (await handle.stat()).size }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** `audit-2026-05-04T10-00-00.000.log` for `audit.log`, as upstream's log rotation names it. */
function backupPath({ path, clock }: LogBackendOptions): string {
  const ending = extname(path)
  const time = new Date(clock.now()).toISOString().slice(0, 23).replaceAll(':', '-')
  return join(dirname(path), `${basename(path, ending)}-${time}${ending}`)
}

async function removeOld(options: LogBackendOptions): Promise<void> {
  const { clock, maxAgeDays, maxBackups, path } = options
  const ending = extname(path)
  const [directory, start] = [dirname(path), `${basename(path, ending)}-`]
  const names = (await readdir(directory)).filter(
    (name) => name.startsWith(start) && name.endsWith(ending),
  )
  // Their names hold their times.
  const newestFirst = names.toSorted().toReversed()
  const surplus = maxBackups > 0 ? newestFirst.slice(maxBackups) : []
  for (const name of newestFirst) {
    const file = join(directory, name)
    const isOld = maxAgeDays > 0 && clock.now() - (await stat(file)).mtimeMs > maxAgeDays * DAY_MS
    if (isOld || surplus.includes(name)) await rm(file, { force: true })
  }
}
