import { Node } from '../../api/core/v1/node.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { CSIDriver } from '../../api/storage/v1/csi-driver.ts'
import { VolumeAttachment } from '../../api/storage/v1/volume-attachment.ts'
import { equal } from '../../apimachinery/equality.ts'
import { isAlreadyExists } from '../../apimachinery/status-predicates.ts'
import type { Crypto } from '../../base/crypto.ts'
import {
  controller,
  done,
  firstFailure,
  requeueAfter,
  watch,
  type Controller,
  type Pass,
  type Result,
} from '../../controller-runtime/index.ts'
import { unlessGone } from '../common/unless-gone.ts'
import { attachmentsByNode, attachmentsByVolume } from './attachment-indexes.ts'
import { attachmentGauges, forcedDetaches } from './attachment-metrics.ts'
import { attachmentName } from '../../api/storage/v1/csi-attachment.ts'
import { csiVolume, isOurs } from './csi-volumes.ts'
import { Memory } from './memory.ts'
import {
  isManaged,
  planNode,
  volumeName,
  type Attached,
  type Detachment,
  type WantedVolume,
} from './node-plan.ts'
import { tellBlocked, tellFailed, tellNode } from './tell.ts'
import {
  nodeFacts,
  nodesOfAttachment,
  nodesOfClaim,
  nodesOfPod,
  nodesOfVolume,
  podFacts,
} from './triggers.ts'
import { wantedVolumes } from './wanted-volumes.ts'

export interface AttachDetachOptions {
  readonly crypto: Crypto
}

/**
 * Has CSI volumes attached to the nodes whose Pods use them, and detached where none does any more, by VolumeAttachments
 * that a driver's external-attacher acts on. See https://kubernetes.io/docs/concepts/storage/volume-attachments/
 */
export function attachDetachController({ crypto }: AttachDetachOptions): Controller {
  const memory = new Memory()

  return controller<Node>('persistentvolume-attach-detach-controller', {
    eventSource: 'attachdetach-controller',
    queueName: 'attach_detach',
    for: Node,
    changed: (after, before) => !equal(nodeFacts(after), nodeFacts(before)),
    watches: [
      watch(Pod, nodesOfPod, (after, before) => !equal(podFacts(after), podFacts(before))),
      watch(PersistentVolumeClaim, ({ metadata }, cache) => nodesOfClaim(metadata, cache)),
      watch(PersistentVolume, nodesOfVolume),
      watch(VolumeAttachment, nodesOfAttachment),
    ],
    reads: [CSIDriver],
    sources({ informers, metrics, cache }) {
      const stack = new DisposableStack()
      stack.use(memory.follow(informers.informer(VolumeAttachment)))
      stack.use(metrics.own(attachmentGauges).follow(cache))
      return stack
    },
    // One after the other: a volume that only one node may have must not be given to two.
    concurrency: 1,

    async reconcile(node, pass) {
      if (!isManaged(node)) return done
      return bring(node.metadata.name, node, { crypto, memory }, pass)
    },

    gone: ({ name }, pass) => bring(name, undefined, { crypto, memory }, pass),
  })
}

async function bring(
  nodeName: string,
  node: Node | undefined,
  { crypto, memory }: AttachDetachOptions & { readonly memory: Memory },
  pass: Pass,
): Promise<Result> {
  const wanted = wantedVolumes(nodeName, pass.cache)
  const attached = attachedTo(nodeName, wanted, memory, pass)
  const plan = planNode({
    node,
    wanted,
    attached,
    isElsewhere: ({ name }) =>
      pass.cache.find(attachmentsByVolume, name).some(({ spec }) => spec.nodeName !== nodeName),
  })
  tellBlocked(plan, nodeName, memory, pass)
  tellFailed(attached, wanted, memory, pass)
  // Before it loses a volume, the node must know that it may not mount it any more.
  if (node) await tellNode(node, plan, pass)
  const failure = await firstFailure(
    ...plan.detach.map((each) => detach(each, pass)),
    ...(node ? plan.attach.map((each) => attach(each, nodeName, { crypto, memory }, pass)) : []),
  )
  if (failure) throw failure
  return requeueAfter(plan.waitMs)
}

/** This controller's attachments to a node, and for how long each has been of no use. */
function attachedTo(
  nodeName: string,
  wanted: ReadonlyMap<string, WantedVolume>,
  memory: Memory,
  { cache, clock }: Pass,
): readonly Attached[] {
  const nowMs = clock.monotonic()
  return cache
    .find(attachmentsByNode, nodeName)
    .filter(isOurs)
    .map((attachment) => {
      const name = volumeName(attachment)
      const volume = cache.get(PersistentVolume, { name })
      return {
        attachment,
        volume: volume && csiVolume(volume),
        unwantedMs: memory.unwantedMs(attachment, wanted.has(name), nowMs),
      }
    })
}

async function attach(
  { volume }: WantedVolume,
  nodeName: string,
  { crypto, memory }: AttachDetachOptions & { readonly memory: Memory },
  { client, signal }: Pass,
): Promise<void> {
  try {
    const created = await client.create(VolumeAttachment, {
      metadata: { name: attachmentName(volume, nodeName, crypto) },
      spec: {
        attacher: volume.driver,
        nodeName,
        source: { persistentVolumeName: volume.name },
      },
    })
    // The next node that wants the volume must see who has it.
    if (!volume.isShared) await memory.seen(created, signal)
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}

async function detach(
  { attachment: { metadata }, forced }: Detachment,
  { client, metrics }: Pass,
): Promise<void> {
  await unlessGone(
    client.delete(VolumeAttachment, metadata, { preconditions: { uid: metadata.uid } }),
  )
  if (forced) metrics.own(forcedDetaches).with(forced).inc()
}
