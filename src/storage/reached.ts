import type { Store, WatchMessage } from './store.ts'

/** Waits until reads show a revision, which may be one that never comes: false when the signal aborts first. */
export async function reached(
  store: Store,
  revision: number,
  { signal }: { readonly signal: AbortSignal },
): Promise<boolean> {
  const current = await store.revision()
  if (current >= revision) return true
  for await (const message of store.watch('', current, { signal })) {
    if (revisionOf(message) >= revision) return true
  }
  return false
}

function revisionOf(message: WatchMessage): number {
  return message.type === 'events' ? message.events.at(-1)!.revision : message.revision
}
