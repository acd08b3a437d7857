import type { ResourceClass } from '../schema/resource.ts'
import type { FeatureChoice } from '../base/feature-gates.ts'
import {
  DEFAULT_FEATURES,
  kubernetesFeatures,
  type FeatureName,
  type Features,
} from './features.ts'
import { API_GROUPS, OPTIONAL_VERSIONS, type ApiVersion } from './resources.ts'
import { enablement, type RuntimeConfig } from './runtime-config.ts'

/** Kinds that are served only where their feature is on, by `RESOURCE.GROUP`. */
const GATES: Readonly<Record<string, FeatureName>> = {
  'clustertrustbundles.certificates.k8s.io': 'ClusterTrustBundle',
  'devicetaintrules.resource.k8s.io': 'DRADeviceTaintRules',
  'leasecandidates.coordination.k8s.io': 'CoordinatedLeaderElection',
  'mutatingadmissionpolicies.admissionregistration.k8s.io': 'MutatingAdmissionPolicy',
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io': 'MutatingAdmissionPolicy',
  'podcertificaterequests.certificates.k8s.io': 'PodCertificateRequest',
  'podgroups.scheduling.k8s.io': 'GenericWorkload',
  'resourcepoolstatusrequests.resource.k8s.io': 'DRAResourcePoolStatus',
  'storageversionmigrations.storagemigration.k8s.io': 'StorageVersionMigrator',
  'storageversions.internal.apiserver.k8s.io': 'StorageVersionAPI',
  'workloads.scheduling.k8s.io': 'GenericWorkload',
}

/**
 * The kinds that are served by a configuration: those of the versions and resources that are switched on and whose
 * features are on, in the order of discovery. Versions that are off by default are loaded only where they are needed.
 * Throws `RuntimeConfigError`.
 */
export async function servedResources(
  config: RuntimeConfig = {},
  features: Features = DEFAULT_FEATURES,
): Promise<readonly ResourceClass[]> {
  const { isVersionNeeded, isResourceServed } = enablement(VERSIONS, config)
  const wanted = VERSIONS.filter(({ group, version }) => isVersionNeeded(group, version))
  const loaded = await Promise.all(wanted.map(async ({ load }) => load()))
  return loaded
    .flatMap(({ resources }) => resources)
    .filter(({ resource: { group, version, plural } }) => {
      const gate = GATES[`${plural}.${group}`]
      return isResourceServed(group, version, plural) && (!gate || features.enabled(gate))
    })
}

interface Version {
  readonly group: string
  readonly version: string
  readonly served: boolean
  readonly load: () => Promise<ApiVersion> | ApiVersion
}

const VERSIONS: readonly Version[] = [
  ...API_GROUPS.flatMap(({ name, versions }) =>
    versions.map((each) => ({
      group: name,
      version: each.version,
      served: true,
      load: () => each,
    })),
  ),
  ...OPTIONAL_VERSIONS.map((each) => ({ ...each, served: false })),
]

/** What of the API is wanted, as the flags --feature-gates and --runtime-config say it. */
export interface ApiChoice {
  readonly featureGates?: FeatureChoice | undefined
  readonly runtimeConfig?: RuntimeConfig | undefined
}

/** The API that was chosen: its features and kinds. Throws `FeatureGateError` and `RuntimeConfigError`. */
export async function chosenApi({ featureGates, runtimeConfig }: ApiChoice): Promise<{
  readonly features: Features
  readonly served: readonly ResourceClass[]
}> {
  const features = featureGates ? kubernetesFeatures(featureGates) : DEFAULT_FEATURES
  return { features, served: await servedResources(runtimeConfig, features) }
}
