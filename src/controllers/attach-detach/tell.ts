import { Node } from '../../api/core/v1/node.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { equal } from '../../apimachinery/equality.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Pass, PassCache } from '../../controller-runtime/index.ts'
import { podsByClaim } from '../common/pod-indexes.ts'
import { uniqueName } from '../../api/storage/v1/csi-attachment.ts'
import type { CsiVolume } from './csi-volumes.ts'
import type { Memory } from './memory.ts'
import { volumeName, type Attached, type NodePlan, type WantedVolume } from './node-plan.ts'
import { wantsVolumes } from './wanted-volumes.ts'

/** Tells the node which volumes it may mount, and the Pods that theirs have come. */
export async function tellNode(
  { metadata, status }: Node,
  { volumesAttached, ready }: NodePlan,
  { client, events }: Pass,
): Promise<void> {
  const before = (status.volumesAttached ?? []).map(({ name }) => name)
  if (equal(before.toSorted(), volumesAttached)) return
  const entries = volumesAttached.map((name) => ({ name, devicePath: '' }))
  const patch = { status: { volumesAttached: entries } }
  try {
    await client.patch(Node, metadata, 'merge', patch, { subresource: 'status' })
  } catch (error) {
    if (isNotFound(error)) return // What it had is taken away when that is seen.
    throw error
  }
  for (const { volume, pods } of ready) {
    if (before.includes(uniqueName(volume))) continue
    const message = `AttachVolume.Attach succeeded for volume "${volume.name}" `
    for (const pod of pods) events.normal(pod, 'SuccessfulAttachVolume', message)
  }
}

/** Tells Pods, once, that the driver could not attach their volume. */
export function tellFailed(
  attached: readonly Attached[],
  wanted: ReadonlyMap<string, WantedVolume>,
  memory: Memory,
  { events }: Pass,
): void {
  for (const { attachment } of attached) {
    const { time = '', message: problem = '' } = attachment.status.attachError ?? {}
    const name = volumeName(attachment)
    if (problem === '' || !memory.isNewFailure(attachment, `${time} ${problem}`)) continue
    const message = `AttachVolume.Attach failed for volume "${name}" : ${problem}`
    for (const pod of wanted.get(name)?.pods ?? [])
      events.warning(pod, 'FailedAttachVolume', message)
  }
}

/** Tells Pods, once, that their volume is on another node. */
export function tellBlocked(
  { blocked }: NodePlan,
  nodeName: string,
  memory: Memory,
  { cache, events }: Pass,
): void {
  const problems = new Map(
    blocked.map(({ volume }) => [volume.name, problemOf(volume, nodeName, cache)]),
  )
  const news = memory.newlyBlocked(nodeName, problems)
  for (const { volume, pods } of blocked.filter(({ volume }) => news.has(volume.name))) {
    const message = `Multi-Attach error for volume "${volume.name}" ${problems.get(volume.name)}`
    for (const pod of pods) events.warning(pod, 'FailedAttachVolume', message)
  }
}

function problemOf({ name }: CsiVolume, nodeName: string, cache: PassCache): string {
  const { claimRef } = cache.get(PersistentVolume, { name })?.spec ?? {}
  const users = cache
    .find(podsByClaim, `${claimRef?.namespace}/${claimRef?.name}`)
    .filter((pod) => pod.spec.nodeName && pod.spec.nodeName !== nodeName && wantsVolumes(pod))
    .map(({ metadata }) => metadata.name)
  return users.length === 0
    ? "Volume is already exclusively attached to one node and can't be attached to another"
    : `Volume is already used by pod(s) ${users.join(', ')}`
}
