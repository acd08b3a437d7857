import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { startOperator } from 'trierarch/controller'
import { silentLogger } from '../../src/base/logger.ts'
import { define, kubeconfigFile, livesItsLife } from './lives.ts'
import { websites } from './operator.ts'

test('an operator of trierarch/controller looks after a custom resource', async () => {
  await using cluster = await Cluster.start()
  await define(cluster)
  await using file = await kubeconfigFile(cluster)
  await using _operator = await startOperator({
    controllers: [websites],
    kubeconfig: file.path,
    logger: silentLogger,
  })
  await livesItsLife(cluster)
})
