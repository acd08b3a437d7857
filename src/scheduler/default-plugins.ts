import type { PluginArgs } from './config/plugin-args.ts'
import type { ProfileSettings } from './config/scheduler-settings.ts'
import type { Handle } from './framework/handle.ts'
import { selectedNames } from './framework/plugin-selection.ts'
import type { Plugin } from './framework/plugin.ts'
import type { ProfileParts } from './framework/profile.ts'
import { namespaceLabels } from './namespace-labels.ts'
import { ownerSelector } from './owner-selector.ts'
import { defaultBinder } from './plugins/default-binder/default-binder.ts'
import { defaultPreemption } from './plugins/default-preemption/default-preemption.ts'
import { dynamicResources } from './plugins/dynamic-resources/dynamic-resources.ts'
import { gangScheduling } from './plugins/gang-scheduling/gang-scheduling.ts'
import { imageLocality } from './plugins/image-locality/image-locality.ts'
import { interPodAffinity } from './plugins/inter-pod-affinity/inter-pod-affinity.ts'
import { nodeAffinity } from './plugins/node-affinity/node-affinity.ts'
import { nodeName } from './plugins/node-name/node-name.ts'
import { nodePorts } from './plugins/node-ports/node-ports.ts'
import { nodeResourcesBalancedAllocation } from './plugins/node-resources/balanced-allocation.ts'
import { nodeResourcesFit } from './plugins/node-resources/fit.ts'
import { nodeUnschedulable } from './plugins/node-unschedulable/node-unschedulable.ts'
import { nodeVolumeLimits } from './plugins/node-volume-limits/node-volume-limits.ts'
import { podTopologySpread } from './plugins/pod-topology-spread/pod-topology-spread.ts'
import { prioritySort } from './plugins/priority-sort/priority-sort.ts'
import { schedulingGates } from './plugins/scheduling-gates/scheduling-gates.ts'
import { taintToleration } from './plugins/taint-toleration/taint-toleration.ts'
import { volumeBinding } from './plugins/volume-binding/volume-binding.ts'
import { volumeRestrictions } from './plugins/volume-restrictions/volume-restrictions.ts'
import { volumeZone } from './plugins/volume-zone/volume-zone.ts'
import { storageLister } from './storage-lister.ts'

export type PluginFactory = (handle: Handle, args: PluginArgs) => Plugin

/** How each plugin is made, by its name. */
export const PLUGINS: Readonly<Record<string, PluginFactory>> = {
  SchedulingGates: () => schedulingGates,
  PrioritySort: () => prioritySort,
  NodeUnschedulable: () => nodeUnschedulable,
  NodeName: () => nodeName,
  TaintToleration: () => taintToleration,
  NodeAffinity: (_handle, { NodeAffinity }) => nodeAffinity(NodeAffinity),
  NodePorts: () => nodePorts,
  NodeResourcesFit({ deviceClasses }, { NodeResourcesFit }) {
    const { classFor } = deviceClasses()
    return nodeResourcesFit(NodeResourcesFit, (name) => classFor(name) !== undefined)
  },
  VolumeRestrictions: ({ informers }) => volumeRestrictions(storageLister(informers)),
  NodeVolumeLimits: ({ informers }) => nodeVolumeLimits(storageLister(informers)),
  VolumeBinding: (handle, { VolumeBinding }) =>
    volumeBinding({ ...handle, ...VolumeBinding, storage: storageLister(handle.informers) }),
  VolumeZone: ({ informers }) => volumeZone(storageLister(informers)),
  PodTopologySpread: ({ informers }, { PodTopologySpread }) =>
    podTopologySpread({ ...PodTopologySpread, ownerSelector: ownerSelector(informers) }),
  InterPodAffinity: ({ informers }, { InterPodAffinity }) =>
    interPodAffinity(namespaceLabels(informers), InterPodAffinity),
  GangScheduling: (handle) => gangScheduling(handle, handle.podGroups),
  DynamicResources: (handle, { DynamicResources }) => dynamicResources(handle, DynamicResources),
  DefaultPreemption: (handle, { DefaultPreemption }) =>
    defaultPreemption(handle, DefaultPreemption),
  NodeResourcesBalancedAllocation: (_handle, { NodeResourcesBalancedAllocation }) =>
    nodeResourcesBalancedAllocation(NodeResourcesBalancedAllocation),
  ImageLocality: () => imageLocality,
  DefaultBinder: ({ client }) => defaultBinder(client),
}

/** What a configuration may name. */
export const PLUGIN_NAMES: ReadonlySet<string> = new Set(Object.keys(PLUGINS))

/** Makes the plugins of a profile. */
export function profileParts(
  handle: Handle,
  { args, selection, percentageOfNodesToScore }: ProfileSettings,
  factories: Readonly<Record<string, PluginFactory>> = PLUGINS,
): ProfileParts {
  const plugins = [...selectedNames(selection)].map((name) => factories[name]!(handle, args))
  return { plugins, selection, percentageOfNodesToScore }
}
