import { dynamicPlugins } from '../dynamic-plugins.ts'
import type { AdmissionEnvironment } from '../environment.ts'
import type { AdmissionPlugin } from '../plugin.ts'
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
} from './certificates.ts'
import { persistentVolumeClaimResize } from './claim-resize.ts'
import { defaultIngressClass, defaultStorageClass } from './default-class.ts'
import { defaultTolerationSeconds } from './default-toleration-seconds.ts'
import { denyServiceExternalIPs } from './deny-service-external-ips.ts'
import { limitRanger } from './limit-ranger.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { nodeRestriction } from './node-restriction.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import { podSecurity } from './pod-security/pod-security.ts'
import { priority } from './priority.ts'
import { resourceQuota } from './resource-quota.ts'
import { runtimeClass } from './runtime-class.ts'
import { serviceAccountAdmission } from './service-account.ts'
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts'
import { taintNodesByCondition } from './taint-nodes-by-condition.ts'

export interface PluginOptions extends AdmissionEnvironment {
  /** Whom tokens are for that name nobody. */
  readonly apiAudiences: readonly string[]
}

/** Which plugins are asked, by name, where it is not the default ones. */
export interface PluginChoice {
  /** In addition to the default ones. */
  readonly enabled?: readonly string[]
  readonly disabled?: readonly string[]
}

const OFF_BY_DEFAULT = [denyServiceExternalIPs.name]

/**
 * The admission plugins that are on, in the order in which Kubernetes asks them. ResourceQuota comes last, behind plugins
 * of other origin, so that nothing is counted that somebody else refuses. Throws where a name is not that of a plugin.
 */
export function admissionPlugins(
  options: PluginOptions,
  { enabled = [], disabled = [] }: PluginChoice = {},
  others: readonly AdmissionPlugin[] = [],
): readonly AdmissionPlugin[] {
  const own = ownPlugins(options)
  const dynamic = dynamicPlugins(options)
  const last = resourceQuota(options)
  const unknown = [...enabled, ...disabled].find(
    (name) => ![...own, ...dynamic, last].some((plugin) => plugin.name === name),
  )
  if (unknown !== undefined) throw new Error(`Unknown admission plugin ${JSON.stringify(unknown)}`)
  const isOn = ({ name }: AdmissionPlugin): boolean =>
    !disabled.includes(name) && (enabled.includes(name) || !OFF_BY_DEFAULT.includes(name))
  return [...own.filter(isOn), ...others, ...[...dynamic, last].filter(isOn)]
}

function ownPlugins(options: PluginOptions): readonly AdmissionPlugin[] {
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
    denyServiceExternalIPs,
    podTopologyLabels(live),
  ]
}
