import { PartialObjectMetadata } from '../../api/meta/v1/table.ts'
import { Status } from '../../api/meta/v1/status.ts'
import type { Status as StatusValue } from '../../apimachinery/status.ts'
import { bookmark } from '../pipeline/values.ts'
import { inVersion, type ServedKind } from '../registry/served-kind.ts'
import type { Batch } from '../watch-cache/batch.ts'
import type { WatchBookmark, WatchItem } from '../watch-cache/event.ts'
import { join } from '../base/bytes.ts'
import { blocks } from '../../serving/blocks.ts'
import type { WatchEncoding } from './encodings/encoding.ts'
import { watchEncoding } from './encodings/encodings.ts'
import type { Output } from './negotiate.ts'
import { metadataOf, tableOf, tableOfBookmark, type TableRequest } from './tables.ts'

/** Turns what a watch tells into events, one after the other, in pieces of a size that is good to write. */
export type WatchEncoder = (batch: Batch) => readonly Uint8Array[]

/** The encoder for one watch. Watches of the same objects in the same form share what it makes. */
export function watchEncoder(kind: ServedKind, request: TableRequest): WatchEncoder {
  const { output } = request
  const encoding = watchEncoding(output.encoding)
  if (output.as === 'table') return tableEncoder(kind, request, encoding)
  const { version } = kind.type.resource
  const name = `watch ${version} ${output.encoding} ${output.as} ${output.version}`
  const event =
    output.as === 'object'
      ? (item: WatchItem) => objectEvent(kind, item, encoding)
      : (item: WatchItem) => metadataEvent(kind, item, output, encoding)
  return (batch) => batch.encoding(name, (items) => [...blocks(items.flatMap(event))])
}

/** The event that tells why a watch ends. */
export function errorEvent(status: StatusValue, { encoding }: Output): Uint8Array {
  const { event, value } = watchEncoding(encoding)
  return join(event('ERROR', value(status, Status)))
}

function objectEvent(
  kind: ServedKind,
  item: WatchItem,
  encoding: WatchEncoding,
): readonly Uint8Array[] {
  const { event, object, value } = encoding
  return item.type === 'BOOKMARK'
    ? event('BOOKMARK', value(bookmark(kind.type, item), kind.schema.message))
    : event(item.type, object(kind, item.object))
}

function metadataEvent(
  kind: ServedKind,
  item: WatchItem,
  output: Output,
  { event, value }: WatchEncoding,
): readonly Uint8Array[] {
  const object =
    item.type === 'BOOKMARK' ? bookmark(kind.type, item) : inVersion(kind, item.object).object
  return event(item.type, value(metadataOf(object, output), PartialObjectMetadata))
}

// Each watch is told the columns once, so its events are its own.
function tableEncoder(
  kind: ServedKind,
  request: TableRequest,
  { event, value }: WatchEncoding,
): WatchEncoder {
  let withColumns = true
  const eventOf = (item: WatchItem): readonly Uint8Array[] => {
    const metadata = { resourceVersion: String(item.revision) }
    const table =
      item.type === 'BOOKMARK'
        ? bookmarkTable(kind, item, metadata, request, withColumns)
        : tableOf(kind, [item.object], metadata, request, withColumns)
    withColumns = false
    return event(item.type, value(table, undefined))
  }
  return (batch) => [...blocks(batch.items.flatMap(eventOf))]
}

// Whoever asks for rows without objects could not tell this bookmark from others.
function bookmarkTable(
  kind: ServedKind,
  item: WatchBookmark,
  metadata: object,
  request: TableRequest,
  withColumns: boolean,
): object {
  const isNeeded = item.initialEventsEnd && request.includeObject === 'None'
  const wanted = isNeeded ? { ...request, includeObject: 'Metadata' } : request
  return tableOfBookmark(kind, bookmark(kind.type, item), metadata, wanted, withColumns)
}
