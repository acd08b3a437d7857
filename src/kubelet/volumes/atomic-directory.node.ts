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
const GROUP_MAY_READ = 0o440

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
  // The names may be missing even so, where an agent was stopped between the rename and them.
  if (before !== undefined && (await holds(join(path, before), payload)))
    return linkNames(path, payload)

  const next = `..${new Date(clock.now()).toISOString().replaceAll(/[-:T]/g, '_').replace('Z', '')}${Math.round(clock.monotonic() * 1000)}`
  try {
    await writeState(join(path, next), payload, group)
  } catch (error) {
    await rm(join(path, next), { recursive: true, force: true }) // A full disk is not made fuller by each attempt.
    throw error
  }
  const temporary = join(path, `${DATA}_tmp`)
  await rm(temporary, { force: true })
  await symlink(next, temporary)
  await rename(temporary, join(path, DATA))
  await linkNames(path, payload)
  // All states but this one, also those that were never finished.
  for (const name of await readdir(path))
    if (name.startsWith('..') && name !== DATA && name !== next)
      await rm(join(path, name), { recursive: true, force: true })
}

async function writeState(
  directory: string,
  payload: Payload,
  group: number | undefined,
): Promise<void> {
  await mkdir(directory, { mode: 0o755 })
  for (const [name, { data, mode, owner = 0 }] of payload) {
    const file = join(directory, name)
    await mkdir(dirname(file), { recursive: true, mode: 0o755 })
    await writeFile(file, data)
    if (group !== undefined || owner !== 0) await chown(file, owner, group ?? 0)
    await chmod(file, group === undefined ? mode : mode | GROUP_MAY_READ)
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
