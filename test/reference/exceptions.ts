import type { Exception } from './facts.ts'

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const METRICS = 'io.k8s.metrics.pkg.apis.metrics.v1beta1'

/** Where our types differ from the facts, and why. */
export const TYPE_EXCEPTIONS: readonly Exception[] = [
  // Go writes `null` for a struct that holds no time, and for bytes of any kind that are not there. We leave the field
  // out: to every decoder, null and absent are the same.
  ...[
    'io.k8s.api.authentication.v1.TokenRequestStatus expirationTimestamp 2 time',
    'io.k8s.api.events.v1.Event eventTime 2 microTime required',
    'io.k8s.api.events.v1.EventSeries lastObservedTime 2 microTime required',
    'io.k8s.api.resource.v1.OpaqueDeviceConfiguration parameters 2 rawExtension required',
    'io.k8s.api.resource.v1beta1.OpaqueDeviceConfiguration parameters 2 rawExtension required',
    'io.k8s.api.resource.v1beta2.OpaqueDeviceConfiguration parameters 2 rawExtension required',
    `${META}.Condition lastTransitionTime 4 time required`,
    `${META}.WatchEvent object 2 rawExtension required`,
    `${METRICS}.NodeMetrics timestamp 2 time required`,
    `${METRICS}.PodMetrics timestamp 2 time required`,
  ].map((field) => ({ fact: `${field} written`, ours: `${field} dropped` })),

  // The facts name only the constant that is written as text; the others refer to those of the core group.
  {
    fact: 'io.k8s.api.discovery.v1.EndpointSlice addressType 4 string required written enum(FQDN)',
    ours: 'io.k8s.api.discovery.v1.EndpointSlice addressType 4 string required written enum(FQDN|IPv4|IPv6)',
  },

  // The envelope of protobuf is written by hand (src/schema/protobuf.ts), without a type.
  ...[
    'TypeMeta',
    'TypeMeta apiVersion 1 string dropped',
    'TypeMeta kind 2 string dropped',
    'Unknown',
    'Unknown ContentEncoding 3 string required written',
    'Unknown ContentType 4 string required written',
    'Unknown apiVersion 1.1 string dropped',
    'Unknown kind 1.2 string dropped',
  ].map((line) => ({ fact: `io.k8s.apimachinery.pkg.runtime.${line}` })),
]

/**
 * Upstream stores mutating policies as v1beta1 in 1.36, so that servers of 1.35 can read them. Nothing of 1.35 reads our
 * store, and one class less is loaded.
 */
const MUTATING_POLICIES = ['v1', 'v1beta1', 'v1alpha1']
  .flatMap((version) => [
    `${version} mutatingadmissionpolicies mutatingadmissionpolicy MutatingAdmissionPolicy`,
    `${version} mutatingadmissionpolicybindings mutatingadmissionpolicybinding MutatingAdmissionPolicyBinding`,
  ])
  .map((kind): Exception => {
    const line = `admissionregistration.k8s.io/${kind} cluster - api-extensions Dcdglpuw`
    return {
      fact: `${line} admissionregistration.k8s.io/v1beta1`,
      ours: `${line} admissionregistration.k8s.io/v1`,
    }
  })

/** Where our kinds differ from the facts, and why. */
export const RESOURCE_EXCEPTIONS: readonly Exception[] = MUTATING_POLICIES

/**
 * Where our columns differ from the facts. Neither is a kind of its own: a Scale is asked for below another kind, and a
 * Status is the answer to a delete. Both are sent as what they are, never as a table.
 */
export const COLUMN_EXCEPTIONS: readonly Exception[] = [
  'Scale',
  'Scale 1 Name: string',
  'Scale 2 Desired: integer',
  'Scale 3 Available: integer',
  'Scale 4 Age: string',
  'Status',
  'Status 1 Status: string',
  'Status 2 Reason: string',
  'Status 3 Message: string',
].map((line) => ({ fact: line }))
