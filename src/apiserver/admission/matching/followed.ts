import type { Clock } from '../../../base/clock.ts'
import type { Informer } from '../../../client/informer.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import { refusal } from '../plugins/refuse.ts'

const READY_MS_MAX = 10_000

/** Objects that configure admission, as something that is made of all of them and kept until one changes. */
export interface Followed<R> {
  /** Whether there is anything to ask at all; false while the server itself starts. */
  current(attributes: AdmissionAttributes): R | undefined | Promise<R | undefined>
}

/** The name by which the server itself acts. */
const OWN_USER = 'system:apiserver'

/** Follows the objects of a type. Until all are known nobody may write but the server itself, which must start first. */
export function followed<T extends { readonly metadata: { readonly name?: string } }, R>(
  live: LiveObjects,
  type: ResourceClass<T>,
  clock: Clock,
  make: (objects: readonly T[]) => R,
): Followed<R> {
  const informer = live.informer(type)
  let made: { readonly value: R } | undefined
  const stale = (): void => {
    made = undefined
  }
  informer.subscribe({ add: stale, update: stale, delete: stale })
  const value = (): R => (made ??= { value: make(sorted(informer)) }).value
  return {
    current(attributes) {
      if (informer.synced) return value()
      if (attributes.user.name === OWN_USER) return undefined
      return whenReady(informer, attributes, clock).then(value)
    },
  }
}

async function whenReady(
  informer: Informer<unknown>,
  attributes: AdmissionAttributes,
  clock: Clock,
): Promise<void> {
  const abort = new AbortController()
  using _ = clock.after(READY_MS_MAX, () => abort.abort())
  try {
    await informer.waitForSync({ signal: abort.signal })
  } catch {
    throw refusal(attributes, 'not yet ready to handle request')
  }
}

function sorted<T extends { readonly metadata: { readonly name?: string } }>({
  cache,
}: Informer<T>): readonly T[] {
  const name = ({ metadata }: T): string => metadata.name ?? ''
  return cache.list().toSorted((a, b) => (name(a) < name(b) ? -1 : 1))
}
