import { encodeJson } from '../../schema/json.ts'
import { bookmark } from '../pipeline/values.ts'
import { inVersion, type ServedKind } from '../registry/served-kind.ts'
import type { Batch } from '../watch-cache/batch.ts'
import type { WatchBookmark, WatchChange, WatchItem } from '../watch-cache/event.ts'
import { join, utf8 } from '../base/bytes.ts'
import { metadataOf, tableOf, type TableRequest } from './tables.ts'

/** Turns what a watch tells into lines of JSON. */
export type WatchEncoder = (batch: Batch) => Uint8Array

const PREFIXES = {
  ADDED: utf8('{"type":"ADDED","object":'),
  MODIFIED: utf8('{"type":"MODIFIED","object":'),
  DELETED: utf8('{"type":"DELETED","object":'),
}
const SUFFIX = utf8('}\n')

/** The encoder for one watch. Watches of the same objects in the same form share what it makes. */
export function watchEncoder(kind: ServedKind, request: TableRequest): WatchEncoder {
  const { output } = request
  const name = `watch ${kind.type.resource.version} ${output.as} ${output.version}`
  if (output.as === 'table') return tableEncoder(kind, request)
  const line =
    output.as === 'metadata'
      ? (item: WatchItem) => metadataLine(kind, item, request)
      : (item: WatchItem) => objectLine(kind, item)
  return (batch) => batch.encoding(name, (items) => join(items.map(line)))
}

function objectLine(kind: ServedKind, item: WatchItem): Uint8Array {
  if (item.type === 'BOOKMARK') return bookmarkLine(kind, item)
  const { json } = inVersion(kind, item.object)
  return join([json], { prefix: PREFIXES[item.type], suffix: SUFFIX })
}

function bookmarkLine({ type }: ServedKind, item: WatchBookmark): Uint8Array {
  return lineOf('BOOKMARK', bookmark(type, item))
}

function metadataLine(kind: ServedKind, item: WatchItem, { output }: TableRequest): Uint8Array {
  if (item.type !== 'BOOKMARK') {
    return lineOf(item.type, metadataOf(inVersion(kind, item.object).object, output))
  }
  return lineOf('BOOKMARK', metadataOf(bookmark(kind.type, item) as never, output))
}

// Each watch is told the columns once, so its lines are its own.
function tableEncoder(kind: ServedKind, request: TableRequest): WatchEncoder {
  let withColumns = true
  const line = (item: WatchItem): Uint8Array => {
    const table =
      item.type === 'BOOKMARK'
        ? bookmarkTable(kind, item, request)
        : changeTable(kind, item, request, withColumns)
    if (item.type !== 'BOOKMARK') withColumns = false
    return lineOf(item.type, table)
  }
  return (batch) => join(batch.items.map(line))
}

function changeTable(
  kind: ServedKind,
  { object, revision }: WatchChange,
  request: TableRequest,
  withColumns: boolean,
): object {
  const metadata = { resourceVersion: String(revision) }
  return tableOf(kind, [object], metadata, request, withColumns)
}

function bookmarkTable(kind: ServedKind, item: WatchBookmark, request: TableRequest): object {
  const object = bookmark(kind.type, item) as never
  const row = { cells: [], object: metadataOf(object, request.output) }
  return {
    ...tableOf(kind, [], { resourceVersion: String(item.revision) }, request, false),
    rows: [row],
  }
}

/** One line of a watch. */
export function lineOf(type: string, object: unknown): Uint8Array {
  return utf8(`{"type":"${type}","object":${encodeJson(object)}}\n`)
}
