import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import type { Client } from 'trierarch'

/** A small operator to be tested: each ConfigMap with the label `web: "yes"` gets a Deployment of its name. */
export async function runOperator(client: Client, signal: AbortSignal): Promise<void> {
  const { items, resourceVersion } = await client.list(ConfigMap, { labelSelector: 'web=yes' })
  for (const each of items) await ensureDeployment(client, each)
  const events = client.watch(ConfigMap, { labelSelector: 'web=yes', resourceVersion, signal })
  for await (const event of events)
    if (event.type === 'ADDED') await ensureDeployment(client, event.object)
}

async function ensureDeployment(client: Client, { metadata, data }: ConfigMap): Promise<void> {
  const { namespace, name, uid } = metadata
  const labels = { app: name }
  await client.create(Deployment, {
    metadata: {
      namespace,
      name,
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid }],
    },
    spec: {
      replicas: Number(data?.['replicas'] ?? 1),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'web', image: data?.['image'] ?? 'nginx' }] },
      },
    },
  })
}
