import { keepAlive, systemClock } from '../../src/base/clock.node.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { systemRandom } from '../../src/base/random.node.ts'
import { createClient } from '../../src/client/create-client.ts'
import { httpsTransport } from '../../src/client/https-transport.node.ts'
import { followKubeconfig } from '../../src/client/kubeconfig.node.ts'
import { createInformers } from '../../src/client/shared-informers.ts'
import { startSimulatedNodes } from '../../src/simulation/simulated-nodes.ts'

// A simulated node as a process of its own, until its standard input ends: `release-node.node.ts KUBECONFIG NAME`.
// Tests of later releases run that of this one.
const [kubeconfig, name] = process.argv.slice(2)
await using stack = new AsyncDisposableStack()
stack.use(keepAlive())
const transport = stack.use(httpsTransport(await followKubeconfig(kubeconfig!)))
const client = createClient(transport)
const platform = { clock: systemClock, random: systemRandom, logger: silentLogger, client }
const informers = stack.use(createInformers(platform))
stack.use(await startSimulatedNodes({ ...platform, informers, names: [name!] }))
informers.start()
process.stdout.write('ready\n')
for await (const _ of process.stdin);
