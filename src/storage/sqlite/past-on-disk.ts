import type { Stretch } from '../memory/watch-hub.ts'
import type { Entry, ListOptions, ListResult } from '../store.ts'
import type { Answer, Query } from './protocol.ts'
import { entryOf, eventOf, unpackRows } from './rows.ts'

/** Reads of what is no longer in memory. All throw `CompactedError`. */

export interface Disk {
  read(query: Query): Promise<Answer>
}

export async function getFromDisk(
  disk: Disk,
  key: string,
  revision: number,
): Promise<Entry | undefined> {
  const answer = await disk.read({ type: 'get', key, revision })
  if (answer.type !== 'rows') throw unexpected(answer)
  return unpackRows(answer.rows).map(entryOf)[0]
}

export async function listFromDisk(
  disk: Disk,
  prefix: string,
  options: ListOptions & { readonly revision: number },
): Promise<ListResult> {
  const answer = await disk.read({ ...options, type: 'list', prefix })
  if (answer.type !== 'rows') throw unexpected(answer)
  const entries = unpackRows(answer.rows).flatMap((row) => entryOf(row) ?? [])
  return { entries, revision: options.revision, count: answer.count }
}

/** The last revision that was written until then. */
export async function revisionAtFromDisk(disk: Disk, timeMs: number): Promise<number> {
  const answer = await disk.read({ type: 'revision at', timeMs })
  if (answer.type !== 'revision') throw unexpected(answer)
  return answer.revision
}

/** Some of the events above `from`, none above `through`. */
export async function eventsFromDisk(
  disk: Disk,
  prefix: string,
  from: number,
  through: number,
): Promise<Stretch> {
  const answer = await disk.read({ type: 'events', prefix, from, through })
  if (answer.type !== 'events') throw unexpected(answer)
  const previous = new Map(unpackRows(answer.previous).map((row) => [row.revision, row]))
  const events = unpackRows(answer.rows).map((row) =>
    eventOf(row, previous.get(row.previousRevision)),
  )
  return { events, revision: answer.revision }
}

function unexpected({ type }: Answer): Error {
  return new Error(`unexpected answer ${type}`)
}
