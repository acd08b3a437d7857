import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { controllerReferenceTo, isControlledBy } from '../../apimachinery/owner-references.ts'
import { isAlreadyExists } from '../../apimachinery/status-predicates.ts'
import type { Counter, MetricSet } from '../../base/metrics.ts'
import { controller, watch, type Controller, type Pass } from '../../controller-runtime/index.ts'
import { isNamespaceTerminating } from '../common/pod-control.ts'

type Volume = NonNullable<Pod['spec']['volumes']>[number]

/** Creates the claims of Pods' generic ephemeral volumes, which live and go with the Pod (KEP-1698). */
export const ephemeralVolumeController: Controller = controller('ephemeral-volume-controller', {
  queueName: 'ephemeral_volume',
  for: Pod,
  changed: () => false,
  watches: [
    // A claim that somebody deletes is made anew.
    watch(
      PersistentVolumeClaim,
      ({ metadata }, cache) => {
        if (cache.get(PersistentVolumeClaim, metadata)) return []
        const owner = metadata.ownerReferences?.find(({ kind }) => kind === 'Pod')
        return owner ? [{ namespace: metadata.namespace, name: owner.name }] : []
      },
      () => false,
    ),
  ],

  async reconcile(pod, pass) {
    if (pod.metadata.deletionTimestamp !== undefined || isPodTerminal(pod)) return
    for (const volume of pod.spec.volumes ?? []) {
      if (volume.ephemeral) await ensureClaim(pod, volume, pass)
    }
  },
})

async function ensureClaim(pod: Pod, volume: Volume, pass: Pass): Promise<void> {
  const { namespace, name: podName } = pod.metadata
  const key = { namespace, name: `${podName}-${volume.name}` }
  const existing = pass.cache.get(PersistentVolumeClaim, key)
  if (existing && isControlledBy(existing, pod)) return
  try {
    if (existing) {
      throw new Error(
        `PVC ${namespace}/${key.name} was not created for pod ${namespace}/${podName} (pod is not owner)`,
      )
    }
    await createClaim(pod, volume, key, pass)
  } catch (error) {
    // The cache shows in a moment whose it is.
    if (isAlreadyExists(error) || isNamespaceTerminating(error)) return
    const message = `ephemeral volume ${volume.name}: ${(error as Error).message}`
    pass.events.warning(pod, 'FailedBinding', message)
    throw error
  }
}

async function createClaim(
  pod: Pod,
  { ephemeral }: Volume,
  key: { readonly namespace: string; readonly name: string },
  { client, metrics }: Pass,
): Promise<void> {
  const template = ephemeral?.volumeClaimTemplate
  if (!template) return
  const { labels, annotations } = template.metadata
  const counts = metrics.own(claimMetrics)
  counts.created.inc()
  const creating = client.create(PersistentVolumeClaim, {
    metadata: {
      ...key,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ownerReferences: [controllerReferenceTo(pod)],
    },
    spec: template.spec,
  })
  try {
    await creating
  } catch (error) {
    counts.failed.inc()
    throw error
  }
}

function claimMetrics(set: MetricSet): { readonly created: Counter; readonly failed: Counter } {
  const help = 'Number of PersistentVolumeClaim creation requests'
  const counter = (name: string): Counter =>
    set.counter({ name: `ephemeral_volume_controller_${name}`, help }).with()
  return { created: counter('create_total'), failed: counter('create_failures_total') }
}
