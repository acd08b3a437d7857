import { controller, controllerReferenceTo, isNotFound, type Pass } from 'trierarch/controller'
import { Deployment } from 'trierarch/api/apps/v1/deployment.ts'
import { Website } from './website.ts'

/** Keeps a Deployment for each Website, and tells in its status how many Pods serve it. */
export const websites = controller('websites', {
  for: Website,
  owns: [Deployment],

  async reconcile(website, pass) {
    const { namespace, name } = website.metadata
    const deployment = pass.cache.get(Deployment, { namespace: namespace!, name })
    // Apply, and no comparing: what is as it should be is not written again.
    await pass.client.patch(Deployment, { namespace: namespace!, name }, 'apply', wanted(website), {
      fieldManager: 'websites',
      force: true,
    })
    await report(website, deployment?.status.availableReplicas ?? 0, pass)
  },
})

function wanted(website: Website): object {
  const { namespace, name } = website.metadata
  const { image, replicas } = website.spec
  const labels = { website: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name, ownerReferences: [controllerReferenceTo(website)] },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } },
    },
  }
}

async function report(website: Website, available: number, { client }: Pass): Promise<void> {
  const { generation: observedGeneration = 0 } = website.metadata as {
    readonly generation?: number
  }
  const { status } = website
  if (status?.available === available && status.observedGeneration === observedGeneration) return
  const next = { ...website, status: { available, observedGeneration } }
  await client.updateStatus(Website, next).catch((error: unknown) => {
    // It was deleted meanwhile, and its Deployment goes with it.
    if (!isNotFound(error)) throw error
  })
}
