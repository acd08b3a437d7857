import { after, before, describe } from 'node:test'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { crashSteps } from './steps/crash.ts'
import { endSteps } from './steps/end.ts'
import { guestbookSteps } from './steps/guestbook.ts'
import { helmSteps } from './steps/helm.ts'
import { podSteps } from './steps/pods.ts'
import { startSteps } from './steps/start.ts'
import { streamSteps } from './steps/streams.ts'
import { wrongYamlSteps } from './steps/wrong-yaml.ts'
import { testCluster, type TestCluster } from './test-cluster.node.ts'
import { tracesOf, type Traces } from './traces.node.ts'

const TIMEOUT_MS = 20 * 60_000
const skip = await whyNoContainers()

// One cluster lives through all steps, in this order, as its user sees it.
describe('a cluster of containers', { skip, timeout: TIMEOUT_MS }, () => {
  let cluster: TestCluster
  let untouched: Traces
  before(async () => {
    cluster = await testCluster()
    untouched = await tracesOf(cluster)
  })
  after(() => cluster[Symbol.asyncDispose]())
  const it = (): TestCluster => cluster

  startSteps(it)
  guestbookSteps(it)
  podSteps(it)
  streamSteps(it)
  wrongYamlSteps(it)
  crashSteps(it)
  helmSteps(it)
  endSteps(it, () => untouched)
})
