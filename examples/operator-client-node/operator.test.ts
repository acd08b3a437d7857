import { test } from 'node:test'
import { KubeConfig } from '@kubernetes/client-node'
import { Cluster } from 'trierarch'
import { define, livesItsLife } from '../operator-runtime/lives.ts'
import { runOperator } from './operator.ts'

test('an operator of @kubernetes/client-node looks after a custom resource', async () => {
  await using cluster = await Cluster.start()
  await define(cluster)
  const config = new KubeConfig()
  config.loadFromString(await cluster.kubeconfig())
  await using running = new AsyncDisposableStack()
  running.defer(await runOperator(config))
  await livesItsLife(cluster)
})
