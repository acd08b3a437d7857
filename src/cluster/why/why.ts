import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { Service } from '../../api/core/v1/service.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { Reason } from './answer.ts'
import { type Asking, find } from './asking.ts'
import { whyClaim } from './claim.ts'
import { warningsAbout } from './events.ts'
import { findKind } from './kinds.ts'
import { whyPod } from './pod.ts'
import { whyService } from './service.ts'
import { whyTerminating } from './terminating.ts'
import { whyWorkload, type Workload } from './workload.ts'

/** An object as a user names it. */
export interface Subject {
  /** Plural, singular, short name or kind, with `.GROUP` behind it where that is needed. */
  readonly kind: string
  readonly name: string
  /** Where the kind has namespaces. */
  readonly namespace: string
}

/** The question names what is not there; the message is one sentence for the user. */
export class WhyError extends Error {
  override readonly name = 'WhyError'
}

const WORKLOADS = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job']

/**
 * Why an object is not as its user wants it: a Pod that waits, a rollout that stands still, something that stays in
 * Terminating, a claim without a volume, a Service without endpoints. Reads only. Throws `WhyError`, and `StatusError`
 * where the API refuses.
 */
export async function why({ kind, name, namespace }: Subject, asking: Asking): Promise<Reason> {
  const type = await findKind(asking.client, kind)
  if (!type) throw new WhyError(`the server doesn't have a resource type "${kind}"`)
  const key = type.resource.namespaced ? { namespace, name } : { name }
  const object = await find(asking.client, type, key)
  if (!object) throw new WhyError(`${type.resource.plural} "${name}" not found`)
  if (object.metadata.deletionTimestamp !== undefined) return whyTerminating(object, type, asking)
  return whyKind(object, type, asking)
}

async function whyKind(
  object: AnyObject,
  type: ResourceClass<AnyObject>,
  asking: Asking,
): Promise<Reason> {
  // The class that was asked for tells what the object is.
  const is = (other: ResourceClass): boolean => type === other
  if (is(Pod)) return whyPod(object as Pod, asking)
  if (is(PersistentVolumeClaim)) return whyClaim(object as PersistentVolumeClaim, asking)
  if (is(Service)) return whyService(object as Service, asking)
  if (WORKLOADS.includes(type.resource.kind)) return whyWorkload(object as Workload, type, asking)
  const because = await warningsAbout(asking.client, object)
  const text = `${type.resource.singular}/${object.metadata.name}`
  return because.length === 0
    ? { text: `${text} has nothing that keeps it back.` }
    : { text: `${text} was warned about`, because }
}
