import { namespaceLabels } from './namespace-labels.ts'
import type { Handle } from './framework/handle.ts'
import type { WeightedPlugin } from './framework/profile.ts'
import { ownerSelector } from './owner-selector.ts'
import { defaultBinder } from './plugins/default-binder/default-binder.ts'
import { defaultPreemption } from './plugins/default-preemption/default-preemption.ts'
import { interPodAffinity } from './plugins/inter-pod-affinity/inter-pod-affinity.ts'
import { podTopologySpread } from './plugins/pod-topology-spread/pod-topology-spread.ts'
import { imageLocality } from './plugins/image-locality/image-locality.ts'
import { nodeAffinity } from './plugins/node-affinity/node-affinity.ts'
import { nodeName } from './plugins/node-name/node-name.ts'
import { nodePorts } from './plugins/node-ports/node-ports.ts'
import { nodeResourcesBalancedAllocation } from './plugins/node-resources/balanced-allocation.ts'
import { nodeResourcesFit } from './plugins/node-resources/fit.ts'
import { nodeUnschedulable } from './plugins/node-unschedulable/node-unschedulable.ts'
import { prioritySort } from './plugins/priority-sort/priority-sort.ts'
import { schedulingGates } from './plugins/scheduling-gates/scheduling-gates.ts'
import { nodeVolumeLimits } from './plugins/node-volume-limits/node-volume-limits.ts'
import { volumeBinding } from './plugins/volume-binding/volume-binding.ts'
import { volumeRestrictions } from './plugins/volume-restrictions/volume-restrictions.ts'
import { volumeZone } from './plugins/volume-zone/volume-zone.ts'
import { storageLister } from './storage-lister.ts'
import { taintToleration } from './plugins/taint-toleration/taint-toleration.ts'

/** The plugins of a profile that says nothing else, in upstream's order, which decides what users read first. */
export function defaultPlugins(handle: Handle): readonly WeightedPlugin[] {
  const storage = storageLister(handle.informers)
  return [
    { plugin: schedulingGates },
    { plugin: prioritySort },
    { plugin: nodeUnschedulable },
    { plugin: nodeName },
    { plugin: taintToleration, weight: 3 },
    { plugin: nodeAffinity(), weight: 2 },
    { plugin: nodePorts },
    { plugin: nodeResourcesFit() },
    { plugin: volumeRestrictions(storage) },
    { plugin: nodeVolumeLimits(storage) },
    { plugin: volumeBinding({ ...handle, storage }) },
    { plugin: volumeZone(storage) },
    { plugin: podTopologySpread({ ownerSelector: ownerSelector(handle.informers) }), weight: 2 },
    { plugin: interPodAffinity(namespaceLabels(handle.informers)), weight: 2 },
    { plugin: defaultPreemption(handle) },
    { plugin: nodeResourcesBalancedAllocation() },
    { plugin: imageLocality },
    { plugin: defaultBinder(handle.client) },
  ]
}
