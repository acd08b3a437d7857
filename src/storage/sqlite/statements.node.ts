import type { DatabaseSync, StatementSync } from 'node:sqlite'

export type Statements = ReturnType<typeof statements>

const COLUMNS =
  'log.revision, log.key, log.create_revision, log.previous_revision, log.at_ms, log.expires_at_ms, log.value'

/** All that the store ever asks of SQLite, prepared once. */
export function statements(database: DatabaseSync) {
  const newest = (condition: string): string =>
    `SELECT max(revision) AS revision FROM log WHERE ${condition} GROUP BY key`
  return {
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    insert: database.prepare('INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)'),
    state: database.prepare(
      'SELECT revision, floor, swept, history_bytes AS historyBytes FROM state',
    ),
    setState: database.prepare(
      'UPDATE state SET revision = ?, floor = ?, swept = ?, history_bytes = ?',
    ),
    load: database.prepare(
      `SELECT ${COLUMNS} FROM (${newest('true')}) JOIN log USING (revision) WHERE value IS NOT NULL`,
    ),
    row: database.prepare(`SELECT ${COLUMNS} FROM log WHERE revision = ?`),
    get: database.prepare(
      `SELECT ${COLUMNS} FROM log WHERE key = ? AND revision <= ? ORDER BY revision DESC LIMIT 1`,
    ),
    list: database.prepare(
      `SELECT revision FROM (${newest('key >= ? AND key < ? AND revision <= ?')})
       JOIN log USING (revision) WHERE value IS NOT NULL ORDER BY key`,
    ),
    // From the newest on: what lies far back is asked for least.
    revisionAt: database.prepare(
      'SELECT revision FROM log WHERE at_ms <= ? ORDER BY revision DESC LIMIT 1',
    ),
    // The plus keeps SQLite from searching by key: the revisions are the narrower range.
    events: database.prepare(
      `SELECT ${COLUMNS} FROM log
       WHERE revision > ? AND revision <= ? AND +key >= ? AND +key < ? ORDER BY revision`,
    ),
    oldest: database.prepare(
      `SELECT revision, previous_revision AS previousRevision, at_ms AS atMs, value IS NULL AS deleted
       FROM log WHERE revision > ? ORDER BY revision LIMIT ?`,
    ),
    remove: database.prepare('DELETE FROM log WHERE revision = ? RETURNING length(value) AS bytes'),
    freePages: database.prepare('PRAGMA freelist_count'),
    pages: database.prepare('PRAGMA page_count'),
    walFrames: database.prepare('PRAGMA wal_checkpoint(NOOP)'),
    checkpoint: database.prepare('PRAGMA wal_checkpoint(PASSIVE)'),
  } satisfies Record<string, StatementSync>
}
