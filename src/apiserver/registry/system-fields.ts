import { timestamp, type Clock } from '../../base/clock.ts'
import { nameSuffix, uuid, type Random } from '../../base/random.ts'
import { withMetadata, type ApiObject } from './api-object.ts'

const NAME_LENGTH_MAX = 63
const SUFFIX_LENGTH = 5

/** Takes away what only the server sets. */
export function withoutSystemFields(object: ApiObject): ApiObject {
  return withMetadata(object, {
    uid: undefined,
    creationTimestamp: undefined,
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
    selfLink: undefined,
  })
}

/** Gives a new object its identity and, where it has only `generateName`, a name. */
export function withSystemFields(
  object: ApiObject,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): ApiObject {
  const { name, generateName, namespace, ...rest } = object.metadata
  return {
    ...object,
    metadata: {
      ...((name || generateName) && { name: name || generatedName(generateName!, random) }),
      ...(generateName && { generateName }),
      ...(namespace && { namespace }),
      uid: uuid(random),
      ...rest,
      creationTimestamp: timestamp(clock),
    },
  }
}

function generatedName(prefix: string, random: Random): string {
  return prefix.slice(0, NAME_LENGTH_MAX - SUFFIX_LENGTH) + nameSuffix(random, SUFFIX_LENGTH)
}
