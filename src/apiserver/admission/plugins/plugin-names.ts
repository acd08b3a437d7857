import { aggregate, formatList } from '../../../apimachinery/go-format.ts'

// Upstream has DenyServiceExternalIPs off too: whoever may write Services may draw the traffic of others (CVE-2020-8554).
const OFF_BY_DEFAULT = [
  'AlwaysPullImages',
  'EventRateLimit',
  'ExtendedResourceToleration',
  'ImagePolicyWebhook',
  'PodNodeSelector',
  'PodTolerationRestriction',
]

const ON_BY_DEFAULT = [
  'CertificateApproval',
  'CertificateSigning',
  'CertificateSubjectRestriction',
  'DefaultIngressClass',
  'DefaultStorageClass',
  'DefaultTolerationSeconds',
  'DenyServiceExternalIPs',
  'LimitRanger',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'NamespaceLifecycle',
  'NodeRestriction',
  'PersistentVolumeClaimResize',
  'PodSecurity',
  'PodTopologyLabels',
  'Priority',
  'ResourceQuota',
  'RuntimeClass',
  'ServiceAccount',
  'StorageObjectInUseProtection',
  'TaintNodesByCondition',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
]

/** All plugins that can be turned on and off. */
export const PLUGIN_NAMES: readonly string[] = [...OFF_BY_DEFAULT, ...ON_BY_DEFAULT]

export function isOn(
  name: string,
  enabled: readonly string[],
  disabled: readonly string[],
): boolean {
  return !disabled.includes(name) && (enabled.includes(name) || !OFF_BY_DEFAULT.includes(name))
}

/** What is wrong with the names of plugins to be turned on and off. */
export function pluginNameProblem(
  enabled: readonly string[],
  disabled: readonly string[],
): string | undefined {
  const both = enabled.filter((name) => disabled.includes(name))
  const overlap = 'in enable-admission-plugins and disable-admission-plugins overlapped'
  const problems = [
    ...unknownIn('enable-admission-plugins', enabled),
    ...unknownIn('disable-admission-plugins', disabled),
    ...(both.length > 0 ? [`${formatList(both)} ${overlap}`] : []),
  ]
  return problems.length === 0 ? undefined : aggregate(problems)
}

function unknownIn(flag: string, names: readonly string[]): readonly string[] {
  return names
    .filter((name) => !PLUGIN_NAMES.includes(name))
    .map((name) => `${flag} plugin ${JSON.stringify(name)} is unknown`)
}
