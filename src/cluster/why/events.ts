import { Event } from '../../api/core/v1/event.ts'
import type { Client } from '../../client/client.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import type { Reason } from './answer.ts'

const SHOWN_MAX = 3

/** The newest warnings about an object, one of each reason. */
export async function warningsAbout(
  client: Client,
  { metadata: { uid, namespace } }: Pick<AnyObject, 'metadata'>,
): Promise<readonly Reason[]> {
  const { items } = await client.list(Event, {
    ...(namespace !== undefined && { namespace }),
    fieldSelector: `involvedObject.uid=${uid},type=Warning`,
  })
  const newestFirst = items.toSorted((a, b) => (lastSeen(a) < lastSeen(b) ? 1 : -1))
  const byReason = new Map(newestFirst.toReversed().map((event) => [event.reason, event]))
  return newestFirst
    .filter((event) => byReason.get(event.reason) === event)
    .slice(0, SHOWN_MAX)
    .map(({ reason, message }) => ({ text: `event ${reason}: ${message}` }))
}

function lastSeen({ series, lastTimestamp, eventTime, metadata }: Event): string {
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? ''
}
