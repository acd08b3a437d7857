import { Namespace } from '../../api/core/v1/namespace.ts'
import { Node } from '../../api/core/v1/node.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import type { Client } from '../../client/client.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { Reason } from './answer.ts'
import { type Asking, find } from './asking.ts'

/** Who takes away the finalizers that Kubernetes itself sets, and when. */
const REMOVERS: Readonly<Record<string, string>> = {
  foregroundDeletion:
    'the garbage collector removes it once the objects that this one owns are gone',
  orphan: 'the garbage collector removes it once the objects that this one owns are released',
  'kubernetes.io/pvc-protection':
    'the PVC protection controller removes it once no Pod uses the claim',
  'kubernetes.io/pv-protection':
    'the PV protection controller removes it once the volume is bound to no claim',
  'batch.kubernetes.io/job-tracking': 'the Job controller removes it once it has counted the Pod',
  'customresourcecleanup.apiextensions.k8s.io':
    'the API server removes it once all objects of this kind are gone',
  'service.kubernetes.io/load-balancer-cleanup':
    'the load balancer controller removes it once the load balancer is gone',
}

/** Why an object that is being deleted is still there. */
export async function whyTerminating(
  object: AnyObject,
  type: ResourceClass,
  asking: Asking,
): Promise<Reason> {
  const { name, deletionTimestamp, finalizers = [] } = object.metadata
  return {
    text: `${type.resource.singular}/${name} is being deleted since ${deletionTimestamp}`,
    because: [
      ...finalizers.map((finalizer) => finalizerReason(finalizer, object, type)),
      ...(await moreOf(object, type, asking.client)),
    ],
  }
}

function finalizerReason(finalizer: string, { metadata }: AnyObject, type: ResourceClass): Reason {
  const text = `finalizer ${finalizer} holds it`
  const known = REMOVERS[finalizer]
  if (known !== undefined) return { text: `${text}: ${known}` }
  const where = metadata.namespace === undefined ? '' : ` -n ${metadata.namespace}`
  const edit = `kubectl${where} edit ${type.resource.plural} ${metadata.name}`
  const help = `whoever set it removes it (see that their controller runs); by hand, once it is gone for good: ${edit}`
  return { text, help }
}

async function moreOf(
  object: AnyObject,
  type: ResourceClass,
  client: Client,
): Promise<readonly Reason[]> {
  const { kind } = type.resource
  if (kind === Namespace.resource.kind)
    return leftInNamespace(await find(client, Namespace, object.metadata))
  if (kind === Pod.resource.kind) return podOnNode(await find(client, Pod, object.metadata), client)
  return []
}

/** What the namespace controller says is left. */
function leftInNamespace(namespace: Namespace | undefined): readonly Reason[] {
  return (namespace?.status.conditions ?? [])
    .filter(({ status }) => status === 'True')
    .map(({ message = '' }) => ({ text: message }))
}

async function podOnNode(pod: Pod | undefined, client: Client): Promise<readonly Reason[]> {
  const nodeName = pod?.spec.nodeName
  if (!nodeName) return []
  const node = await find(client, Node, { name: nodeName })
  const isReady = node?.status.conditions?.some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  )
  if (isReady) return [{ text: `node ${nodeName} is stopping its containers` }]
  const { namespace, name } = pod.metadata
  const help = `start the node again, or, once it is off for good: kubectl -n ${namespace} delete pod ${name} --force`
  const state = node ? 'is not ready' : 'does not exist any more'
  return [
    { text: `node ${nodeName} ${state}, so nobody tells that its containers have ended`, help },
  ]
}
