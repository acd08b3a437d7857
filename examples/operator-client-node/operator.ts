import * as k8s from '@kubernetes/client-node'

interface Website extends k8s.KubernetesObject {
  readonly spec: { readonly image: string; readonly replicas: number }
}

const GROUP = { group: 'example.com', version: 'v1' }
const PLURAL = 'websites'
const RETRY_MS = 1000

/** The operator of ../operator-runtime as it is written with Kubernetes' own client. Call what comes back to stop it. */
export async function runOperator(config: k8s.KubeConfig): Promise<() => Promise<void>> {
  const objects = k8s.KubernetesObjectApi.makeApiClient(config)
  const custom = config.makeApiClient(k8s.CustomObjectsApi)
  const apps = config.makeApiClient(k8s.AppsV1Api)
  const websites = k8s.makeInformer<Website>(
    config,
    '/apis/example.com/v1/websites',
    () =>
      custom.listCustomObjectForAllNamespaces({ ...GROUP, resourcePlural: PLURAL }) as Promise<
        k8s.KubernetesListObject<Website>
      >,
  )
  const deployments = k8s.makeInformer(config, '/apis/apps/v1/deployments', () =>
    apps.listDeploymentForAllNamespaces(),
  )

  const reconcile = async (name: string, namespace: string): Promise<void> => {
    const website = websites.get(name, namespace)
    if (!website) return
    const available = deployments.get(name, namespace)?.status?.availableReplicas ?? 0
    await objects.patch(
      wanted(website),
      undefined,
      undefined,
      'websites',
      true,
      k8s.PatchStrategy.ServerSideApply,
    )
    const status = { available, observedGeneration: website.metadata?.generation }
    await custom.patchNamespacedCustomObjectStatus(
      { ...GROUP, plural: PLURAL, namespace, name, body: { status } },
      k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch),
    )
  }

  // One after another, so that what is done always follows what was seen last.
  let last: Promise<void> = Promise.resolve()
  const enqueue = (name: string, namespace: string): void => {
    last = last.then(async () => {
      try {
        await reconcile(name, namespace)
      } catch (error) {
        if (isSettled(error)) return
        console.error(`Cannot reconcile ${namespace}/${name}`, error)
        setTimeout(() => enqueue(name, namespace), RETRY_MS).unref()
      }
    })
  }
  const changed = ({ metadata }: k8s.KubernetesObject): void =>
    enqueue(metadata?.name ?? '', metadata?.namespace ?? '')
  for (const informer of [websites, deployments]) {
    // It has stopped, for want of a server perhaps, and tries again only when it is told to.
    informer.on('error', () => setTimeout(() => void informer.start(), RETRY_MS).unref())
  }
  for (const event of ['add', 'update', 'delete'] as const) {
    websites.on(event, changed)
    deployments.on(event, changed)
  }
  await Promise.all([websites.start(), deployments.start()])
  return async () => {
    await Promise.all([websites.stop(), deployments.stop()])
    await last
  }
}

function wanted({ metadata = {}, spec }: Website): k8s.V1Deployment {
  const { name = '', namespace = '', uid = '' } = metadata
  const labels = { website: name }
  const owner = { apiVersion: 'example.com/v1', kind: 'Website', name, uid, controller: true }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, ownerReferences: [owner] },
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'web', image: spec.image }] },
      },
    },
  }
}

/** Whether nothing is left to do: Websites may go in the middle of anything, and another event tells of what changed meanwhile. */
function isSettled(error: unknown): boolean {
  return error instanceof k8s.ApiException && (error.code === 404 || error.code === 409)
}
