import { abortable } from '../../../base/async.ts'
import { timestamp } from '../../../base/clock.ts'
import { renaming } from '../conversion/converter.ts'
import { customKinds, type CustomKindsOptions } from '../kind/custom-kinds.ts'
import { cleanUp } from './clean-up.ts'
import { isTrue, withCondition, type Definition, type NewCondition } from './conditions.ts'
import { CLEANUP_FINALIZER } from './definition-hooks.ts'
import type { ServedDefinitions } from './served-definitions.ts'

export interface FinalizeOptions extends Pick<CustomKindsOptions, 'env' | 'celRules'> {
  readonly served: ServedDefinitions
  readonly signal: AbortSignal
  /** The definition as it was last seen. */
  readonly newest: () => Definition
  readonly writeStatus: (definition: Definition) => Promise<Definition>
}

/** Deletes all objects of a definition that is being deleted, and then lets it go. Says in its status how far that is. */
export async function finalize(definition: Definition, options: FinalizeOptions): Promise<void> {
  const { served, newest, writeStatus, env } = options
  const told = (of: Definition, status: string, reason: string, message: string): Definition => {
    const condition: NewCondition = { type: 'Terminating', status, reason, message }
    return withCondition(of, condition, timestamp(env.clock))
  }
  const finish = async (of: Definition, reason: string, message: string): Promise<void> => {
    await writeStatus(withoutFinalizer(told(of, 'False', reason, message)))
  }
  if (served.overlapsBuiltIn(definition)) {
    const message = 'instances overlap with built-in resources in storage'
    return finish(definition, 'OverlappingBuiltInResource', message)
  }
  if (!isTrue(definition, 'Established')) {
    return finish(definition, 'NeverEstablished', 'resource was never established')
  }
  const message = 'CustomResource deletion is in progress'
  await writeStatus(told(definition, 'True', 'InstanceDeletionInProgress', message))
  await deleteInstances(definition, options)
  await finish(newest(), 'InstanceDeletionCompleted', 'removed all instances')
}

// Their versions do not matter any more, and a webhook that fails must not keep them.
async function deleteInstances(
  definition: Definition,
  { env, celRules, signal }: FinalizeOptions,
): Promise<void> {
  const kinds = customKinds(definition, {
    env,
    celRules,
    webhookConverter: () => renaming,
    isTerminating: () => true,
  })
  const storage = definition.spec.versions.find((each) => each.storage)
  const kind = kinds.find(({ type }) => type.resource.version === storage?.name)!
  await abortable(cleanUp(kind.resource, { ...env, signal }), signal)
  for (const each of kinds) each.resource.cache[Symbol.dispose]()
}

function withoutFinalizer(definition: Definition): Definition {
  const { finalizers = [], ...metadata } = definition.metadata
  const kept = finalizers.filter((each) => each !== CLEANUP_FINALIZER)
  return { ...definition, metadata: { ...metadata, ...(kept.length > 0 && { finalizers: kept }) } }
}
