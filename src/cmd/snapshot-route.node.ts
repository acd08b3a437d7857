import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Route } from '../apiserver/http/router.ts'
import { SqliteStore } from '../storage/sqlite/sqlite-store.node.ts'
import type { Store } from '../storage/store.ts'

/** Where a running control plane gives out a copy of its store; to those who may do everything. */
export const SNAPSHOT_PATH = '/trierarch/snapshot'

/** The path that gives out a copy of the store; none where the store is not the process's own. */
export function snapshotRoutes(store: Store): readonly Route[] {
  if (!(store instanceof SqliteStore)) return []
  return [
    {
      path: SNAPSHOT_PATH,
      async handler(exchange) {
        // The process may have dropped the right to make files beside the store.
        const folder = await mkdtemp(join(tmpdir(), 'trierarch-snapshot-'))
        try {
          const file = join(folder, 'copy')
          await store.copyTo(file)
          const response = exchange.startStream(200, { 'content-type': 'application/octet-stream' })
          for await (const chunk of createReadStream(file)) {
            if (exchange.signal.aborted) return response.destroy()
            if (!response.write(chunk as Uint8Array)) await response.drained()
          }
          response.end()
        } finally {
          await rm(folder, { recursive: true })
        }
      },
    },
  ]
}
