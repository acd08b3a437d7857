// Any other client in the same test: the cluster opens an HTTPS port when its kubeconfig is asked for.
import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { AppsV1Api, KubeConfig } from '@kubernetes/client-node'
import { Cluster } from 'trierarch'

test('@kubernetes/client-node works with an embedded cluster', async () => {
  await using cluster = await Cluster.start({ nodes: 2 })
  const config = new KubeConfig()
  config.loadFromString(await cluster.kubeconfig())
  const apps = config.makeApiClient(AppsV1Api)

  await apps.createNamespacedDeployment({
    namespace: 'default',
    body: {
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'web', image: 'nginx' }] },
        },
      },
    },
  })
  await cluster.eventually(async () => {
    const { status } = await apps.readNamespacedDeployment({ namespace: 'default', name: 'web' })
    assert.equal(status?.availableReplicas, 2)
  })
})

test('somebody else has a kubeconfig of their own, with their own rights', async () => {
  await using cluster = await Cluster.start()
  const config = new KubeConfig()
  config.loadFromString(await cluster.kubeconfig({ name: 'jane', groups: [] }))
  const apps = config.makeApiClient(AppsV1Api)
  await assert.rejects(apps.listNamespacedDeployment({ namespace: 'default' }), /jane/)
})
