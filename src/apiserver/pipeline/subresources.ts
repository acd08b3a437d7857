import type { Verb } from '../../client/request.ts'
import type { ResourceInfo } from '../../schema/resource.ts'
import type { VerbHandler } from './dispatch.ts'
import { readVerbs } from './read-verbs.ts'
import { updateWith } from './write-verbs.ts'

type Verbs = { readonly [verb in Verb]?: VerbHandler }

/** What can be done with a subresource. */
export function subresourceVerbs(_info: ResourceInfo, subresource: string): Verbs {
  return objectVerbs(subresource)
}

/** A subresource that is a part of the object, such as its status. */
function objectVerbs(subresource: string): Verbs {
  return {
    get: readVerbs.get,
    update: (kind, call, env) => {
      const { strategy } = kind.resource
      const own = subresource === 'status' ? strategy.status : strategy.subresources?.[subresource]
      return updateWith(
        kind,
        call,
        env,
        own ?? { prepareForUpdate: (object) => object, validateUpdate: strategy.validateUpdate },
      )
    },
  }
}
