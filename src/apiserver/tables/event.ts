import type { Event } from '../../api/core/v1/event.ts'
import { column, NAME, tableFor, wide, type Ages, type TableEntry } from './table.ts'

export const eventTable: TableEntry = tableFor<Event>('', 'Event', {
  columns: [
    column('Last Seen', 'How long ago it was last seen.'),
    column('Type', 'Normal, or Warning where something may need attention.'),
    column('Reason', 'Why it happened, in a word.'),
    column('Object', 'The object that the event is about, as kind/name.'),
    wide('Subobject', 'The part of the object that the event is about, such as a container.'),
    wide('Source', 'The component that reported the event, and on which node.'),
    column('Message', 'What happened, for people to read.'),
    wide('First Seen', 'How long ago it was first seen.'),
    { ...column('Count', 'How often the event has been seen.'), priority: 1 },
    { ...NAME, priority: 1 },
  ],
  cells: (event, ages) => {
    const { first, last, count } = timesOf(event, ages)
    return [
      last,
      event.type ?? '',
      event.reason ?? '',
      targetCell(event.involvedObject),
      event.involvedObject.fieldPath ?? '',
      sourceCell(event),
      (event.message ?? '').trim(),
      first,
      count,
      event.metadata.name,
    ]
  },
})

function timesOf({ firstTimestamp, lastTimestamp, eventTime, series, count }: Event, ages: Ages) {
  const first = ages.since(firstTimestamp ?? eventTime)
  const last = lastTimestamp === undefined ? first : ages.since(lastTimestamp)
  if (!series) return { first, last, count: count || 1 }
  return { first, last: ages.since(series.lastObservedTime), count: series.count ?? 0 }
}

function targetCell({ kind = '', name }: Event['involvedObject']): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase()
}

function sourceCell({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent
  const instance = source?.host || reportingInstance
  return instance ? `${component}, ${instance}` : (component ?? '')
}
