import type { UpdateStrategy } from '../../api/strategy.ts'
import type { Verb } from '../../client/request.ts'
import type { ApiObject } from '../registry/api-object.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { VerbHandler } from './dispatch.ts'
import { patchWith } from './patch-verb.ts'
import { readVerbs } from './read-verbs.ts'
import { updateWith } from './write-verbs.ts'

/** What can be done with a resource, or with a subresource. */
export type Verbs = { readonly [verb in Verb]?: VerbHandler }

/** A subresource that is a part of the object, such as its status. Undefined where the kind knows no such part. */
export function partVerbs({ resource }: ServedKind, subresource: string): Verbs | undefined {
  const strategy = partStrategy(resource.strategy, subresource)
  return (
    strategy && {
      get: readVerbs.get,
      update: (kind, call, env) => updateWith(kind, call, env, strategy),
      patch: (kind, call, env) => patchWith(kind, call, env, strategy),
    }
  )
}

function partStrategy(
  { status, subresources = {} }: ServedKind['resource']['strategy'],
  subresource: string,
): UpdateStrategy<ApiObject> | undefined {
  if (subresource === 'status') return status
  return Object.hasOwn(subresources, subresource) ? subresources[subresource] : undefined
}
