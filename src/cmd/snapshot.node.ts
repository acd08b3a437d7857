import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { systemClock } from '../base/clock.node.ts'
import { timestamp } from '../base/clock.ts'
import { createConnections } from '../client/connections.node.ts'
import { saveEtcdSnapshot } from '../storage/etcd/save-snapshot.node.ts'
import { restoreFile } from '../storage/sqlite/restore-file.node.ts'
import { openSqliteStore } from '../storage/sqlite/sqlite-store.node.ts'
import { adminAccess } from './cluster-access.node.ts'
import { type DataDirectory, dataDirectory, readJson } from './data-directory.node.ts'
import { type Datastore, datastoreOf } from './settings/datastore.node.ts'
import type { ClusterFlags } from './flags/flags.node.ts'
import { isRunning, readRunState } from './run-state.node.ts'
import { SNAPSHOT_PATH } from './snapshot-route.node.ts'
import { UserError } from './user-error.ts'

/**
 * `trierarch snapshot save FILE`: copies the cluster's state into a new file, also while the cluster runs. Returns what to
 * tell the user.
 */
export async function save(dataDir: string, path: string): Promise<string> {
  const directory = dataDirectory(dataDir)
  const file = resolve(path)
  if (existsSync(file)) throw new UserError(`Cannot save snapshot: ${file} exists already.`)
  if (!existsSync(dirname(file)))
    throw new UserError(`Cannot save snapshot: ${dirname(file)} does not exist.`)
  const unfinished = `${file}.unfinished`
  await rm(unfinished, { force: true })
  try {
    await explained(saveTo(unfinished, datastoreIn(directory), directory))
    await rename(unfinished, file)
  } finally {
    await rm(unfinished, { force: true })
  }
  return `Saved ${file}. Keys and certificates are not in it, nor is the key that Secrets are encrypted with: keep a copy of ${directory.pki} too.`
}

/**
 * `trierarch snapshot restore FILE`: puts a copy in place of the state of a cluster that does not run. Returns what to tell
 * the user.
 */
export async function restore(dataDir: string, path: string): Promise<string> {
  const directory = dataDirectory(dataDir)
  const datastore = datastoreIn(directory)
  const file = resolve(path)
  if (datastore.type === 'memory') throw inMemory()
  if (datastore.type === 'etcd') {
    throw new UserError(
      `The state is in etcd, which restores it itself: stop all members, run \`etcdutl snapshot restore ${file} --data-dir NEW --bump-revision 1000000000 --mark-compacted\` for each, and start them on NEW.`,
    )
  }
  if (isRunning(readRunState(directory)?.supervisor))
    throw new UserError('Cannot restore: the cluster runs; stop it first with `trierarch down`.')
  const aside = `${datastore.file}.before-restore-${timestamp(systemClock).replaceAll(':', '-')}`
  const kept = await explained((async () => restoreFile(file, datastore.file, aside))())
  return `Restored ${file}.${kept === undefined ? '' : ` What was there is ${kept}.`}`
}

function datastoreIn(directory: DataDirectory): Datastore {
  const flags = readJson<ClusterFlags>(directory.flags)
  if (!flags) {
    throw new UserError(
      `There is no cluster in ${directory.path}: name another with --data-dir, or start one with \`trierarch up\`.`,
    )
  }
  return datastoreOf(flags, directory)
}

async function saveTo(file: string, datastore: Datastore, directory: DataDirectory): Promise<void> {
  switch (datastore.type) {
    case 'memory':
      throw inMemory()
    case 'etcd':
      return saveEtcdSnapshot(datastore, file)
    case 'sqlite':
      return isRunning(readRunState(directory)?.controlPlane)
        ? download(file, directory)
        : copyStore(datastore.file, file)
    default:
      throw new Error(`unknown datastore ${JSON.stringify(datastore satisfies never)}`)
  }
}

function inMemory(): UserError {
  return new UserError('Cannot save or restore a snapshot: this cluster keeps its state in memory.')
}

/** From the process that has the store open, and has it alone. */
async function download(file: string, directory: DataDirectory): Promise<void> {
  using connections = createConnections(await adminAccess(directory))
  const response = await connections.send({ method: 'GET', path: SNAPSHOT_PATH }, { watch: true })
  if (response.statusCode !== 200) {
    response.resume()
    await once(response, 'end')
    throw new UserError(`Cannot save snapshot: the API server answers ${response.statusCode}.`)
  }
  await pipeline(response, createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }))
}

async function copyStore(from: string, to: string): Promise<void> {
  if (!existsSync(from)) throw new UserError(`Cannot save snapshot: there is no ${from} yet.`)
  await using store = await openSqliteStore({ file: from })
  await store.copyTo(to)
}

async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    if (cause instanceof UserError || !(cause instanceof Error)) throw cause
    throw new UserError(`${cause.message}.`, { cause })
  }
}
