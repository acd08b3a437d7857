import { ConfigMap } from 'trierarch/api/core/v1/config-map.ts'
import { Deployment } from 'trierarch/api/apps/v1/deployment.ts'
import type { Client } from 'trierarch'

/** A small operator to be tested: each ConfigMap with the label `web: "yes"` gets a Deployment of its name. */
export function startOperator(client: Client): AsyncDisposable {
  const stop = new AbortController()
  const running = run(client, stop.signal)
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}

async function run(client: Client, signal: AbortSignal): Promise<void> {
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
