import type { TokenRequest } from '../../../api/authentication/v1/token-request.ts'
import { Pod } from '../../../api/core/v1/pod.ts'
import { CSIDriver } from '../../../api/storage/v1/csi-driver.ts'
import { equal } from '../../../apimachinery/equality.ts'
import { notFound } from '../../../apimachinery/status-error.ts'
import type { NodeRestrictionOptions, NodeWrite, Refusal } from './node-restriction.ts'

/** A node gets tokens for the Pods bound to it, for those that the Pod wants to talk to (KEP-4412). */
export async function refuseTokenRequest({
  node,
  attributes,
  options,
}: NodeWrite): Promise<Refusal> {
  const { operation, subresource, namespace } = attributes
  if (operation !== 'CREATE' || subresource !== 'token') return undefined
  const { spec } = attributes.object as unknown as TokenRequest
  const { apiVersion, kind, name = '', uid = '' } = spec.boundObjectRef ?? {}
  if (apiVersion !== 'v1' || kind !== 'Pod' || name === '') {
    return 'node requested token not bound to a pod'
  }
  if (uid === '') return 'node requested token with a pod binding without a uid'
  const pod = await options.live.get(Pod, { namespace, name })
  if (!pod) throw notFound(Pod, name)
  if (uid !== pod.metadata.uid) {
    return `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`
  }
  if (pod.spec.nodeName !== node) {
    return 'node requested token bound to a pod scheduled on a different node'
  }
  return refuseAudience(spec.audiences, pod, options)
}

async function refuseAudience(
  audiences: readonly string[],
  pod: Pod,
  options: NodeRestrictionOptions,
): Promise<Refusal> {
  // Who names nobody gets what the server has in place of it.
  const wanted = equal(audiences, options.apiAudiences) ? [''] : audiences
  if (wanted.length > 1) return 'node may only request 0 or 1 audiences'
  const [audience = ''] = wanted
  const known = [...audiencesOf(pod), ...(await driverAudiences(pod, options))]
  if (known.includes(audience)) return undefined
  if (audience === '' && options.apiAudiences.some((each) => known.includes(each))) return undefined
  return `audience ${JSON.stringify(audience)} not found in pod spec volume`
}

function audiencesOf({ spec }: Pod): readonly string[] {
  return (spec.volumes ?? []).flatMap(({ projected }) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }) =>
      serviceAccountToken ? [serviceAccountToken.audience ?? ''] : [],
    ),
  )
}

// Drivers of volumes may need tokens of the Pod as well.
async function driverAudiences(
  { spec }: Pod,
  { live }: NodeRestrictionOptions,
): Promise<readonly string[]> {
  const mayHaveDriver = (spec.volumes ?? []).some(
    ({ csi, persistentVolumeClaim, ephemeral }) => csi ?? persistentVolumeClaim ?? ephemeral,
  )
  if (!mayHaveDriver) return []
  const drivers = await live.list(CSIDriver)
  return drivers.flatMap(({ spec: { tokenRequests = [] } }) =>
    tokenRequests.map(({ audience }) => audience),
  )
}
