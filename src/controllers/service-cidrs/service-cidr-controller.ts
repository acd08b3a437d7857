import { IPAddress } from '../../api/networking/v1/ip-address.ts'
import { ServiceCIDR } from '../../api/networking/v1/service-cidr.ts'
import { putCondition } from '../../api/meta/v1/conditions.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import {
  controller,
  done,
  requeueAfter,
  watch,
  type Controller,
  type Pass,
  type Result,
} from '../../controller-runtime/index.ts'
import { timestamp } from '../../base/clock.ts'
import { protect } from '../common/protect.ts'
import { isDispensable, keeps, overlap } from './orphans.ts'

const FINALIZER = 'networking.k8s.io/service-cidr-finalizer'
// All API servers must have heard of the deletion before the range goes: until then one may give out an address of it.
const GRACE_MS = 10_000

type Condition = NonNullable<ServiceCIDR['status']['conditions']>[number]
type Wanted = Pick<Condition, 'status' | 'reason' | 'message'>

const READY: Wanted = { status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' }
const TERMINATING: Wanted = {
  status: 'False',
  reason: 'Terminating',
  message:
    'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
}

/** Says which ServiceCIDRs are in use, and keeps those that are deleted until no Service has an address of theirs. */
export const serviceCIDRController: Controller = controller('service-cidr-controller', {
  eventSource: 'service-cidr-controller',
  for: ServiceCIDR,
  watches: [
    // What comes or goes may take another's place.
    watch(ServiceCIDR, (changed, cache) =>
      cache
        .list(ServiceCIDR)
        .filter((each) => overlap(each, changed))
        .map(({ metadata }) => ({ name: metadata.name })),
    ),
    watch(
      IPAddress,
      (address, cache) =>
        cache
          .list(ServiceCIDR)
          .filter((each) => isDeleted(each) && keeps(each, address))
          .map(({ metadata }) => ({ name: metadata.name })),
      () => false,
    ),
  ],

  async reconcile(serviceCIDR, pass) {
    try {
      return await (isDeleted(serviceCIDR)
        ? removeWhenDispensable(serviceCIDR, pass)
        : keepReady(serviceCIDR, pass))
    } catch (error) {
      if (!isNotFound(error)) throw error
      return done
    }
  },
})

function isDeleted({ metadata }: ServiceCIDR): boolean {
  return metadata.deletionTimestamp !== undefined
}

async function keepReady(serviceCIDR: ServiceCIDR, pass: Pass): Promise<Result> {
  await protect([ServiceCIDR, serviceCIDR], FINALIZER, true, pass)
  // What now has the finalizer leads here again.
  if (serviceCIDR.metadata.finalizers?.includes(FINALIZER)) await tell(serviceCIDR, READY, pass)
  return done
}

async function removeWhenDispensable(serviceCIDR: ServiceCIDR, pass: Pass): Promise<Result> {
  const { cache, clock } = pass
  const { deletionTimestamp } = serviceCIDR.metadata
  if (!isDispensable(serviceCIDR, cache.list(ServiceCIDR), cache.list(IPAddress))) {
    await tell(serviceCIDR, TERMINATING, pass)
    return done
  }
  const leftMs = Date.parse(deletionTimestamp!) + GRACE_MS - clock.now()
  if (leftMs > 0) return requeueAfter(leftMs)
  await protect([ServiceCIDR, serviceCIDR], FINALIZER, false, pass)
  return done
}

async function tell(serviceCIDR: ServiceCIDR, wanted: Wanted, pass: Pass): Promise<void> {
  const { status } = serviceCIDR
  const lastTransitionTime = timestamp(pass.clock)
  const ready: Condition = { type: 'Ready', ...wanted, lastTransitionTime }
  const conditions = putCondition(status.conditions, ready)
  if (conditions === status.conditions) return
  try {
    await pass.client.updateStatus(ServiceCIDR, { ...serviceCIDR, status: { conditions } })
  } catch (error) {
    const text = 'The ServiceCIDR Status can not be set to Ready=True'
    if (wanted.status === 'True')
      pass.events.warning(serviceCIDR, 'KubernetesServiceCIDRError', text)
    throw error
  }
}
