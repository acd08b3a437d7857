import { dynamicPlugins, type WebhookSettings } from '../dynamic-plugins.ts'
import type { AdmissionEnvironment } from '../environment.ts'
import type { AdmissionPlugin } from '../plugin.ts'
import { alwaysPullImages } from './always-pull-images.ts'
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
} from './certificates.ts'
import { persistentVolumeClaimResize } from './claim-resize.ts'
import { defaultIngressClass, defaultStorageClass } from './default-class.ts'
import { defaultTolerationSeconds } from './default-toleration-seconds.ts'
import { denyServiceExternalIPs } from './deny-service-external-ips.ts'
import { type EventLimit, eventRateLimit } from './event-rate-limit.ts'
import { extendedResourceToleration } from './extended-resource-toleration.ts'
import { type ImagePolicySettings, imagePolicyWebhook } from './image-policy-webhook.ts'
import { limitRanger } from './limit-ranger.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { nodeRestriction } from './node-restriction.ts'
import { isOn, pluginNameProblem } from './plugin-names.ts'
import { podNodeSelector, type NodeSelectors } from './pod-node-selector.ts'
import { podTolerationRestriction, type TolerationSettings } from './pod-toleration-restriction.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import type { PodSecuritySettings } from './pod-security/configuration.ts'
import { podSecurity } from './pod-security/pod-security.ts'
import { priority } from './priority.ts'
import type { LimitedResource } from './limited-resources.ts'
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
  readonly settings?: PluginSettings
}

/** What the AdmissionConfiguration says to plugins. */
export interface PluginSettings extends WebhookSettings {
  readonly podSecurity?: PodSecuritySettings
  readonly eventLimits?: readonly EventLimit[]
  readonly nodeSelectors?: NodeSelectors
  readonly tolerations?: TolerationSettings
  readonly imagePolicy?: ImagePolicySettings
  readonly limitedResources?: readonly LimitedResource[]
}

/**
 * The admission plugins that are on, in the order in which Kubernetes asks them. ResourceQuota comes last, behind plugins
 * of other origin, so that nothing is counted that somebody else refuses. Throws an Error where names make no sense.
 */
export function admissionPlugins(
  options: PluginOptions,
  { enabled = [], disabled = [], settings = {} }: PluginChoice = {},
  others: readonly AdmissionPlugin[] = [],
): readonly AdmissionPlugin[] {
  const problem = pluginNameProblem(enabled, disabled)
  if (problem !== undefined) throw new Error(problem)
  const isWanted = ({ name }: AdmissionPlugin): boolean => isOn(name, enabled, disabled)
  const own = ownPlugins(options, settings)
  const last = [
    ...dynamicPlugins(options, settings),
    resourceQuota({ ...options, limited: settings.limitedResources ?? [] }),
  ]
  return [...own.filter(isWanted), ...others, ...last.filter(isWanted)]
}

function ownPlugins(options: PluginOptions, settings: PluginSettings): readonly AdmissionPlugin[] {
  const { live, authorizers, clock } = options
  return [
    namespaceLifecycle(live),
    limitRanger(live),
    serviceAccountAdmission(options),
    nodeRestriction(options),
    taintNodesByCondition,
    alwaysPullImages,
    imagePolicyWebhook(clock, settings.imagePolicy),
    podSecurity(live, settings.podSecurity, options.metrics),
    podNodeSelector(live, settings.nodeSelectors),
    priority(live),
    defaultTolerationSeconds,
    podTolerationRestriction(live, settings.tolerations),
    eventRateLimit(clock, settings.eventLimits),
    extendedResourceToleration,
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
