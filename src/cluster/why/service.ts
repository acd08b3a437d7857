import { isPodReady } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import type { Service } from '../../api/core/v1/service.ts'
import { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import { SERVICE_NAME_LABEL } from '../../api/discovery/v1/service-name.ts'
import { targetPortOf } from '../../controllers/common/service-pods.ts'
import type { Reason } from './answer.ts'
import type { Asking } from './asking.ts'
import { whyPod } from './pod.ts'

const PODS_SHOWN_MAX = 5

/** Why a Service leads nowhere. */
export async function whyService(service: Service, asking: Asking): Promise<Reason> {
  const { namespace, name } = service.metadata
  const text = `service/${name}`
  if (service.spec.type === 'ExternalName') {
    return { text: `${text} is a name for ${service.spec.externalName} and has no endpoints.` }
  }
  const slices = await asking.client.list(EndpointSlice, {
    namespace,
    labelSelector: `${SERVICE_NAME_LABEL}=${name}`,
  })
  const ready = slices.items
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
  if (ready.length > 0) return { text: `${text} has ${ready.length} ready endpoints.` }
  return { text: `${text} has no ready endpoints`, because: await causes(service, asking) }
}

async function causes({ metadata, spec }: Service, asking: Asking): Promise<readonly Reason[]> {
  const { namespace, name } = metadata
  const selector = Object.entries(spec.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  if (selector === '') {
    const help = `set spec.selector, or create EndpointSlices labelled ${SERVICE_NAME_LABEL}=${name}`
    return [{ text: 'it has no selector, so its endpoints are to be made by somebody else', help }]
  }
  const { items: pods } = await asking.client.list(Pod, { namespace, labelSelector: selector })
  if (pods.length === 0) {
    const help = `compare with kubectl -n ${namespace} get pods --show-labels`
    return [{ text: `no Pod in namespace ${namespace} has the labels ${selector}`, help }]
  }
  const unready = pods.filter((pod) => !isPodReady(pod)).slice(0, PODS_SHOWN_MAX)
  const reasons = unready.map((pod) => whyPod(pod, asking))
  return [...missingPorts(spec, pods), ...(await Promise.all(reasons))]
}

function missingPorts({ ports = [] }: Service['spec'], pods: readonly Pod[]): readonly Reason[] {
  return ports
    .filter((port) => !pods.some((pod) => targetPortOf(pod, port) !== undefined))
    .map(({ port, targetPort }) => ({
      text: `port ${port} leads to the container port ${String(targetPort)}, which no Pod has`,
      help: `name a container port ${String(targetPort)} in the Pods, or give its number as targetPort`,
    }))
}
