import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/random.ts'
import { parseSchedulerConfiguration } from '../config/parse-scheduler-configuration.ts'
import { PLUGIN_NAMES } from '../default-plugins.ts'
import { configurationYaml, testScheduler } from '../testing.ts'
import { explainPod } from './explain-pod.ts'

const platform = { random: seededRandom(1), logger: silentLogger }

const configuration = {
  profiles: [
    { schedulerName: 'default-scheduler' },
    {
      schedulerName: 'lenient',
      plugins: { multiPoint: { disabled: [{ name: 'NodeUnschedulable' }] } },
    },
  ],
  extenders: [{ urlPrefix: 'http://127.0.0.1:1', filterVerb: 'filter' }],
}

test('explainPod() asks the checks of the Pod’s own profile, and names extenders', async () => {
  const settings = parseSchedulerConfiguration(configurationYaml(configuration), PLUGIN_NAMES)
  await using cluster = await testScheduler()
  await cluster.addNode('a', { spec: { unschedulable: true } })
  const told = async (schedulerName: string): Promise<string> => {
    const pod = await cluster.addPod(schedulerName, { spec: { schedulerName } })
    const options = { ...platform, ...cluster, settings }
    const { heldBack, nodes, extenders } = await explainPod(pod, options)
    return heldBack ?? `${nodes.map(({ plugin }) => plugin ?? 'fits').join()} ${extenders?.join()}`
  }
  assert.equal(await told('default-scheduler'), 'NodeUnschedulable http://127.0.0.1:1')
  assert.equal(await told('lenient'), 'fits http://127.0.0.1:1')
  assert.equal(await told('other'), 'no profile of the scheduler is called "other"')
})
