import { transportAt } from '../../client/at.ts'
import { createClient } from '../../client/create-client.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import type { Transport } from '../../client/transport.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { asAdmin } from '../cluster-access.node.ts'
import { dataDirectory } from '../data-directory.node.ts'
import { discoverTypes } from './discover-types.node.ts'
import { compareStates, formatChanges, readState, type State } from './diff/state.ts'
import { pointInTime } from './past.node.ts'

export interface DiffOptions {
  readonly dataDir: string
  readonly output?: string
  /** Also what changes all the time by itself. */
  readonly all?: boolean
}

const NOISE = new Set(['events', 'leases'])

/** `trierarch diff A [B]`: what was added, changed and removed between two states; the second is the present where absent. */
export async function diff(
  [before, after]: readonly [string, string | undefined],
  { dataDir, output, all = false }: DiffOptions,
): Promise<void> {
  const directory = dataDirectory(dataDir)
  const states = [pointInTime(before), after === undefined ? undefined : pointInTime(after)]
  await asAdmin(directory, async ({ client, transport }) => {
    const found = await discoverTypes(client, directory)
    const types = found.filter(({ resource }) => all || !NOISE.has(resource.plural))
    const [old, now] = await Promise.all(
      states.map((at) => stateOf(at ? transportAt(transport, at) : transport, types)),
    )
    const changes = compareStates(old!, now!)
    process.stdout.write(
      output === 'json' ? `${JSON.stringify(changes, undefined, 2)}\n` : formatChanges(changes),
    )
  })
}

function stateOf(transport: Transport, types: readonly ResourceClass<AnyObject>[]): Promise<State> {
  return readState(createClient(transport), types)
}
