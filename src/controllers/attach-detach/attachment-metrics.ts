import { Node } from '../../api/core/v1/node.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { VolumeAttachment } from '../../api/storage/v1/volume-attachment.ts'
import type { Counter, Family, MetricSet } from '../../base/metrics.ts'
import { cacheGauges, type CacheGauges } from '../common/cache-gauges.ts'
import { isOurs } from './csi-volumes.ts'
import { isManaged } from './node-plan.ts'
import { csiVolumesOf, wantedVolumes } from './wanted-volumes.ts'

/** How often volumes were taken from nodes that had not given them back, by why. */
export const forcedDetaches = (set: MetricSet): Family<Counter> =>
  set.counter({
    name: 'attach_detach_controller_attachdetach_controller_forced_detaches',
    help: 'Number of times the A/D Controller performed a forced detach',
    labels: ['reason'],
  })

/** How many volumes Pods use on each node, and how many are to be attached, and are. */
export function attachmentGauges(set: MetricSet): CacheGauges {
  const inUse = set.gauge({
    name: 'storage_count_attachable_volumes_in_use',
    help: 'Measure number of volumes in use',
    labels: ['node', 'volume_plugin'],
  })
  const total = set.gauge({
    name: 'attachdetach_controller_total_volumes',
    help: 'Number of volumes in A/D Controller',
    labels: ['plugin_name', 'state'],
  })
  return cacheGauges(set, [inUse, total], (cache) => {
    for (const pod of cache.list(Pod)) {
      const { nodeName } = pod.spec
      if (!nodeName) continue
      for (const { driver } of csiVolumesOf(pod, cache)) inUse.with(nodeName, plugin(driver)).inc()
    }
    for (const { metadata } of cache.list(Node).filter(isManaged)) {
      for (const { volume } of wantedVolumes(metadata.name, cache).values())
        total.with(plugin(volume.driver), 'desired_state_of_world').inc()
    }
    for (const attachment of cache.list(VolumeAttachment)) {
      const { spec, status } = attachment
      if (isOurs(attachment) && status.attached)
        total.with(plugin(spec.attacher), 'actual_state_of_world').inc()
    }
  })
}

function plugin(driver: string): string {
  return `kubernetes.io/csi:${driver}`
}
