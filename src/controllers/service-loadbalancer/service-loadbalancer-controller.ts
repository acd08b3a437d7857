import { Node } from '../../api/core/v1/node.ts'
import { Service } from '../../api/core/v1/service.ts'
import { equal } from '../../apimachinery/equality.ts'
import {
  controller,
  indexBy,
  watch,
  type Controller,
  type Pass,
  type PassCache,
} from '../../controller-runtime/index.ts'
import {
  holderOf,
  ingressOf,
  isOurs,
  portsTaken,
  takesTraffic,
  type Ingress,
} from './load-balancer-plan.ts'

const loadBalancers = indexBy(Service, 'load-balancer', (service) =>
  isOurs(service) ? ['all'] : [],
)
const loadBalancersByPort = indexBy(Service, 'load-balancer-port', (service) =>
  isOurs(service) ? portsTaken(service) : [],
)

/**
 * Gives Services of type LoadBalancer the addresses of the nodes, whose proxies take in what comes there for the
 * Service's own ports. Services with a `loadBalancerClass` are left to others. Two Services cannot have the same port
 * of the same addresses: the older one has it, and the other waits.
 */
export const serviceLoadBalancerController: Controller = controller('service-lb-controller', {
  eventSource: 'service-controller',
  queueName: 'service',
  for: Service,
  watches: [
    watch(Service, sharingPorts, (after, before) => !equal(after.spec, before.spec)),
    watch(
      Node,
      (_, cache) => cache.find(loadBalancers, 'all').map(({ metadata }) => metadata),
      (after, before) =>
        takesTraffic(after) !== takesTraffic(before) ||
        !equal(after.status.addresses, before.status.addresses),
    ),
  ],

  async reconcile(service, pass) {
    if (isOurs(service)) await ensure(service, pass)
    else await release(service, pass)
  },
})

async function ensure(service: Service, pass: Pass): Promise<void> {
  const { cache, events } = pass
  const holder = holderOf(service, servicesSharing(service, cache))
  if (holder) {
    const { namespace, name } = holder.metadata
    const taken = `ports are taken by Service ${namespace}/${name}`
    await write(service, [], pass)
    const message = `Error syncing load balancer: failed to ensure load balancer: ${taken}`
    events.warning(service, 'SyncLoadBalancerFailed', message)
    return
  }
  const ingress = ingressOf(service, cache.list(Node))
  if (equal(ingress, service.status.loadBalancer.ingress ?? [])) return
  if (ingress.length === 0)
    events.warning(
      service,
      'UnAvailableLoadBalancer',
      'There are no available nodes for LoadBalancer',
    )
  else events.normal(service, 'EnsuringLoadBalancer', 'Ensuring load balancer')
  await write(service, ingress, pass)
  if (ingress.length > 0) events.normal(service, 'EnsuredLoadBalancer', 'Ensured load balancer')
}

/** Takes back the addresses of what is no load balancer any more. */
async function release(service: Service, pass: Pass): Promise<void> {
  const { spec, status, metadata } = service
  if (spec.type === 'LoadBalancer' || metadata.deletionTimestamp !== undefined) return
  if ((status.loadBalancer.ingress ?? []).length === 0) return
  pass.events.normal(service, 'DeletingLoadBalancer', 'Deleting load balancer')
  await write(service, [], pass)
  pass.events.normal(service, 'DeletedLoadBalancer', 'Deleted load balancer')
}

async function write(
  service: Service,
  ingress: readonly Ingress[],
  { client }: Pass,
): Promise<void> {
  if (equal(ingress, service.status.loadBalancer.ingress ?? [])) return
  const loadBalancer = ingress.length === 0 ? {} : { ingress }
  await client.updateStatus(Service, { ...service, status: { ...service.status, loadBalancer } })
}

function servicesSharing(service: Service, cache: PassCache): readonly Service[] {
  return portsTaken(service).flatMap((port) => cache.find(loadBalancersByPort, port))
}

/** Those that may have waited for a Service's ports. */
function sharingPorts(service: Service, cache: PassCache) {
  return isOurs(service) || service.metadata.deletionTimestamp !== undefined
    ? servicesSharing(service, cache).map(({ metadata }) => metadata)
    : []
}
