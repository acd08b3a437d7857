import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import type { Payload } from './payload.ts'

const DATA = '..data'

/**
 * Brings a directory to a payload in one step, as readers in running containers see it: all files are new, or all old.
 *
 *     ..2026_11_23_10_15_00.123/    a directory for each state
 *     ..data -> ..2026_11_23_…/     moved from one to the next by a rename
 *     key -> ..data/key             what containers open
 *
 * Does nothing where the payload is there already. `group` gets the files, and may read them.
 */
export async function writeAtomicDirectory(
  path: string,
  payload: Payload,
  { clock, group }: { readonly clock: Clock; readonly group?: number },
): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o755 })
  const before = await readlink(join(path, DATA)).catch(() => undefined)
  if (before !== undefined && (await holds(join(path, before), payload))) return

  const next = `..${new Date(clock.now()).toISOString().replaceAll(/[-:T]/g, '_').replace('Z', '')}${Math.round(clock.monotonic() * 1000)}`
  await writeState(join(path, next), payload, group)
  const temporary = join(path, `${DATA}_tmp`)
  await rm(temporary, { force: true })
  await symlink(next, temporary)
  await rename(temporary, join(path, DATA))
  await linkNames(path, payload)
  if (before !== undefined) await rm(join(path, before), { recursive: true, force: true })
}

async function writeState(
  directory: string,
  payload: Payload,
  group: number | undefined,
): Promise<void> {
  await mkdir(directory, { mode: 0o755 })
  for (const [name, { data, mode }] of payload) {
    const file = join(directory, name)
    await mkdir(dirname(file), { recursive: true, mode: 0o755 })
    await writeFile(file, data)
    // A group that shares the volume may read what its owner may.
    await chmod(file, group === undefined ? mode : mode | ((mode & 0o400) >> 3))
    if (group !== undefined) await chown(file, 0, group)
  }
}

/** The first part of each name leads through `..data`; names that are gone go. */
async function linkNames(path: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((name) => name.split('/')[0]!))
  const present = new Set((await readdir(path)).filter((name) => !name.startsWith('..')))
  for (const name of wanted)
    if (!present.has(name)) await symlink(`${DATA}/${name}`, join(path, name))
  for (const name of present) if (!wanted.has(name)) await rm(join(path, name), { force: true })
}

async function holds(directory: string, payload: Payload): Promise<boolean> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  if (entries.filter((entry) => entry.isFile()).length !== payload.size) return false
  for (const [name, { data }] of payload) {
    const present = await readFile(join(directory, name)).catch(() => undefined)
    if (!present || !present.equals(data)) return false
  }
  return true
}
