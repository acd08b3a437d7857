import type { Clock } from '../../../base/clock.ts'
import type { Random } from '../../../base/random.ts'
import type { Authorizer } from '../../authorization/authorizer.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { AdmissionPlugin } from '../plugin.ts'
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
} from './certificates.ts'
import { persistentVolumeClaimResize } from './claim-resize.ts'
import { defaultIngressClass, defaultStorageClass } from './default-class.ts'
import { defaultTolerationSeconds } from './default-toleration-seconds.ts'
import { limitRanger } from './limit-ranger.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { nodeRestriction } from './node-restriction.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import { podSecurity } from './pod-security/pod-security.ts'
import { priority } from './priority.ts'
import { runtimeClass } from './runtime-class.ts'
import { serviceAccountAdmission } from './service-account.ts'
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts'
import { taintNodesByCondition } from './taint-nodes-by-condition.ts'

export interface PluginOptions {
  readonly live: LiveObjects
  readonly clock: Clock
  readonly random: Random
  readonly authorizers: readonly Authorizer[]
  /** Whom tokens are for that name nobody. */
  readonly apiAudiences: readonly string[]
}

/** The admission plugins that are on by default, in the order in which Kubernetes asks them. */
export function defaultPlugins(options: PluginOptions): readonly AdmissionPlugin[] {
  const { live, authorizers } = options
  return [
    namespaceLifecycle(live),
    limitRanger(live),
    serviceAccountAdmission(options),
    nodeRestriction(options),
    taintNodesByCondition,
    podSecurity(live),
    priority(live),
    defaultTolerationSeconds,
    defaultStorageClass(live),
    storageObjectInUseProtection,
    persistentVolumeClaimResize(live),
    runtimeClass(live),
    certificateApproval(authorizers),
    certificateSigning(authorizers),
    certificateSubjectRestriction,
    defaultIngressClass(live),
    podTopologyLabels(live),
  ]
}
