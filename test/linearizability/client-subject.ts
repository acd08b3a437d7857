import {
  isConflict,
  isAlreadyExists,
  isNotFound,
} from '../../src/apimachinery/status-predicates.ts'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import type { Client } from '../../src/client/client.ts'
import type { Held, WatchItem } from './history.ts'
import { isMarked, type Subject } from './record.ts'

const SELECTED = 'marked=true'

/** The API server as what is to be checked: keys are ConfigMaps, as `/NAMESPACE/NAME`; what they hold is in their data. */
export function clientSubject(client: Client): Subject {
  return {
    async get(key) {
      try {
        return heldOf(await client.get(ConfigMap, objectKey(key)))
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    },
    async list(prefix) {
      const { items, resourceVersion } = await client.list(ConfigMap, within(prefix))
      return { revision: Number(resourceVersion), found: items.map(heldOf) }
    },
    async write(key, expected, text) {
      try {
        return await write(client, key, expected, text)
      } catch (error) {
        if (isConflict(error) || isAlreadyExists(error) || isNotFound(error))
          return { type: 'refused' }
        throw error
      }
    },
    async *watch(prefix, from, { signal, selects }) {
      const events = client.watch(ConfigMap, {
        ...within(prefix),
        ...(selects && { labelSelector: SELECTED }),
        resourceVersion: String(from),
        allowWatchBookmarks: true,
        signal,
      })
      for await (const event of events) {
        if (event.type === 'BOOKMARK') {
          yield { type: 'progress', revision: Number(event.resourceVersion) }
        } else yield itemOf(heldOf(event.object), event.type === 'DELETED')
      }
    },
  }
}

async function write(
  client: Client,
  key: string,
  expected: number,
  text: string | undefined,
): ReturnType<Subject['write']> {
  if (text === undefined) {
    const preconditions = { resourceVersion: String(expected) }
    await client.delete(ConfigMap, objectKey(key), { preconditions })
    return { type: 'done' }
  }
  const object = {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { ...objectKey(key), labels: { marked: String(isMarked(text)) } },
    data: { text },
  } as const
  const metadata = { ...object.metadata, resourceVersion: String(expected) }
  const written =
    expected === 0
      ? await client.create(ConfigMap, object)
      : await client.update(ConfigMap, { ...object, metadata } as unknown as ConfigMap)
  return { type: 'done', revision: heldOf(written).revision }
}

function objectKey(key: string): { namespace: string; name: string } {
  const [, namespace = '', name = ''] = key.split('/')
  return { namespace, name }
}

function within(prefix: string): { namespace?: string } {
  return prefix === '' ? {} : { namespace: prefix.split('/')[1]! }
}

function heldOf({ metadata, data }: ConfigMap): Held {
  const { namespace, name, resourceVersion } = metadata
  return {
    key: `/${namespace}/${name}`,
    revision: Number(resourceVersion),
    text: data?.['text'] ?? '',
  }
}

function itemOf({ key, revision, text }: Held, isDeleted: boolean): WatchItem {
  return { type: 'change', change: isDeleted ? { key, revision } : { key, revision, text } }
}
