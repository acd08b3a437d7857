import type { DeviceTaintRule } from '../../api/resource/v1alpha3/device-taint-rule.ts'
import type { PodGroup } from '../../api/scheduling/v1alpha2/pod-group.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Random } from '../../base/random.ts'
import type { Client } from '../../client/client.ts'
import type { SharedInformers } from '../../client/shared-informers.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { Extender } from '../extender/extender.ts'
import type { WaitingPod } from '../cycle/permit.ts'
import type { Nominator } from '../cycle/nominator.ts'
import type { DeviceClasses } from '../plugins/dynamic-resources/device-classes.ts'
import type { ClaimTracker } from '../plugins/dynamic-resources/claim-tracker.ts'
import type { AssumedVolumes } from '../plugins/volume-binding/assumed-volumes.ts'
import type { NodeLister } from './plugin.ts'

/** What plugins are made with. */
export interface Handle {
  readonly client: Client
  readonly informers: SharedInformers
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Aborts when the scheduler stops. */
  readonly signal: AbortSignal
  readonly nodes: NodeLister
  readonly nominator: Nominator
  readonly extenders: readonly Extender[]
  /** What all profiles know of claims of devices; followed from the first call on. */
  readonly claimTracker: () => ClaimTracker
  /** Followed from the first call on. */
  readonly deviceClasses: () => DeviceClasses
  /** What all profiles have decided of volumes. */
  readonly assumedVolumes: AssumedVolumes
  /** Kinds that only some API servers have. */
  readonly taintRules: ResourceClass<DeviceTaintRule> | undefined
  readonly podGroups: ResourceClass<PodGroup> | undefined
  /** Pods that wait for leave to go to their nodes, by uid. */
  readonly waitingPods: ReadonlyMap<string, WaitingPod>
  /** Tells users of a Pod. */
  readonly tell: (pod: Pod, reason: string, message: string) => void
  /** Others were told to make room for a Pod: so many. */
  readonly preempted: (victims: number) => void
  /** Tries a waiting Pod again. */
  readonly activate: (uid: string) => void
}
