import { matchesNodeSelector } from '../../api/core/v1/node-affinity.ts'
import { Node } from '../../api/core/v1/node.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import {
  LOCAL_PATH_DIRECTORY,
  LOCAL_PATH_PROVISIONER,
  removalKey,
  removalsOf,
  removalText,
} from '../../api/storage/v1/local-path.ts'
import { equal } from '../../apimachinery/equality.ts'
import { controller, watch, type Controller, type Pass } from '../../controller-runtime/index.ts'
import { unlessGone } from '../common/unless-gone.ts'
import { FINALIZER, PROVISIONED_BY } from './plan-volume.ts'

type Volume = PersistentVolume

/**
 * Removes volumes of this provisioner that are released and to be deleted: the node is asked for it in an annotation,
 * and answers there; it tries again by itself. Then the object goes, and last the annotation.
 */
export function localPathRemover(name: string): Controller {
  return controller<Volume>(name, {
    queueName: 'local_path_volumes',
    for: PersistentVolume,
    watches: [
      watch(
        Node,
        ({ metadata }) =>
          [...removalsOf(metadata.annotations).keys()].map((each) => ({ name: each })),
        (after, before) => !equal(after.metadata.annotations, before.metadata.annotations),
      ),
    ],

    async reconcile(volume, pass) {
      const { metadata, spec, status } = volume
      if (metadata.annotations?.[PROVISIONED_BY] !== LOCAL_PATH_PROVISIONER) return
      if (spec.persistentVolumeReclaimPolicy !== 'Delete') return dropFinalizer(volume, pass)
      if (status.phase === 'Released') return remove(volume, pass)
    },

    async gone({ name: volumeName }, pass) {
      for (const node of pass.cache.list(Node))
        if (removalsOf(node.metadata.annotations).has(volumeName))
          await annotate(node, volumeName, null, pass)
    },
  })
}

async function remove(volume: Volume, pass: Pass): Promise<void> {
  const { name } = volume.metadata
  const node = pass.cache.list(Node).find((each) => keeps(each, volume))
  const removal = node ? removalsOf(node.metadata.annotations).get(name) : 'removed'
  if (removal === 'requested') return
  if (removal === 'removed') {
    await dropFinalizer(volume, pass)
    return unlessGone(pass.client.delete(PersistentVolume, { name }))
  }
  if (removal) pass.events.warning(volume, 'VolumeFailedDelete', removal.failure)
  else if (node) await annotate(node, name, removalText('requested'), pass)
}

/** Whether the volume's directory is one that the agent of the node looks after. */
function keeps(node: Node, { spec }: Volume): boolean {
  const directory = node.metadata.annotations?.[LOCAL_PATH_DIRECTORY]
  const required = spec.nodeAffinity?.required
  if (directory === undefined || !required || !matchesNodeSelector(required, node)) return false
  return spec.local?.path.startsWith(`${directory}/`) ?? false
}

async function dropFinalizer(volume: Volume, { client }: Pass): Promise<void> {
  const { metadata } = volume
  const { finalizers = [] } = metadata
  if (!finalizers.includes(FINALIZER)) return
  const left = finalizers.filter((each) => each !== FINALIZER)
  await unlessGone(
    client.update(PersistentVolume, { ...volume, metadata: { ...metadata, finalizers: left } }),
  )
}

async function annotate(
  { metadata }: Node,
  volumeName: string,
  text: string | null,
  { client }: Pass,
): Promise<void> {
  const patch = { metadata: { annotations: { [removalKey(volumeName)]: text } } }
  await unlessGone(client.patch(Node, { name: metadata.name }, 'merge', patch))
}
