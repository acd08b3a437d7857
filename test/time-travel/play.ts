import { SERVED_RESOURCES } from '../../src/api/resources.ts'
import type { Clock } from '../../src/base/clock.ts'
import type { Client } from '../../src/client/client.ts'
import type { AnyObject } from '../../src/client/dynamic-class.ts'
import type { Action } from '../../src/cmd/past/record/action.ts'
import { replay } from '../../src/cmd/past/record/replay.ts'
import type { ResourceClass } from '../../src/schema/resource.ts'

export type Types = readonly ResourceClass<AnyObject>[]

/** Kinds of the core group, as the commands find them in discovery. */
export function coreTypes(...kinds: readonly string[]): Types {
  return SERVED_RESOURCES.filter(
    ({ resource: { kind, group } }) => group === '' && kinds.includes(kind),
  ) as unknown as Types
}

/** Does all that was recorded again, without its pauses. Answers with what was refused. */
export async function play(
  { client, clock }: { readonly client: Client; readonly clock: Clock },
  actions: readonly Action[],
  types: Types,
): Promise<readonly string[]> {
  const refused: string[] = []
  await replay(actions, {
    client,
    clock,
    types,
    speed: 1e6,
    refused: (_, error) => refused.push(error.message),
  })
  return refused
}
