import type { Clock } from '../../base/clock.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import { once, openGate, type Gate } from '../http/gate.ts'
import { isLongRunning } from '../http/long-running.ts'
import type { RequestInfo } from '../http/request-info.ts'
import type { Registry } from '../registry/registry.ts'
import type { FlowAttributes } from './flow-attributes.ts'
import type { FlowControl } from './flow-control.ts'
import { ObjectCounts } from './object-counts.ts'
import { ONE_OBJECT, type WorkFacts } from './work-estimate.ts'

type ResourceRequest = (RequestInfo & { readonly type: 'resource' })['request']

/**
 * Lets requests in by flow control, and tells each client in its answer which objects decided. Streams to Pods and nodes
 * pass; a watch takes seats only until it has told what there is at its beginning.
 */
export function flowGate(control: FlowControl, registry: Registry, clock: Clock): Gate {
  const counts = new ObjectCounts(clock)
  return (exchange, info, user) => {
    const isWatch = info.type === 'resource' && info.request.verb === 'watch'
    if (!isWatch && isLongRunning(info)) return openGate(exchange, info, user)
    const place = control.classify(attributesOf(info, user))
    exchange.setHeader('x-kubernetes-pf-flowschema-uid', place.schemaUid)
    exchange.setHeader('x-kubernetes-pf-prioritylevel-uid', place.levelUid)
    const entered = place.enter(factsOf(info, registry, counts), () => exchange.signal)
    return entered instanceof Promise ? entered.then(once) : once(entered)
  }
}

function attributesOf(info: RequestInfo, user: UserInfo): FlowAttributes {
  if (info.type === 'nonResource') return { ...info, user }
  const {
    verb,
    group,
    version,
    resource,
    subresource = '',
    namespace = '',
    name = '',
  } = info.request
  return { type: 'resource', user, verb, group, version, resource, subresource, namespace, name }
}

function factsOf(info: RequestInfo, registry: Registry, counts: ObjectCounts): WorkFacts {
  if (info.type === 'nonResource' || info.request.verb === 'get') return ONE_OBJECT
  const { request } = info
  const kind = registry.find(request.group, request.version, request.resource)
  if (!kind || (request.subresource !== undefined && request.subresource !== 'status'))
    return ONE_OBJECT
  const { options = {}, verb } = request
  const readsAll = beginsWithAll(request)
  return {
    verb,
    readsAll,
    objects: readsAll ? counts.of(kind.resource) : undefined,
    limit: options.limit ?? 0,
    isSelective: options.labelSelector !== undefined || options.fieldSelector !== undefined,
    watches: readsAll ? 0 : kind.resource.cache.watchers,
  }
}

function beginsWithAll({ verb, name, options = {} }: ResourceRequest): boolean {
  if (verb === 'list') return name === undefined
  if (verb !== 'watch') return false
  const { resourceVersion = '', sendInitialEvents } = options
  return sendInitialEvents ?? (resourceVersion === '' || resourceVersion === '0')
}
