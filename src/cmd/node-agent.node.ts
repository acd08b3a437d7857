import { hostAndPort, isEverywhere, isLoopback } from '../base/host-and-port.ts'
import { pinoLogger } from '../base/logger.node.ts'
import { startNodeAgent } from '../cluster/node-agent.node.ts'
import { runChild, stepReporter, tell } from './child-process.node.ts'
import { dataDirectory } from './data-directory.node.ts'
import { kubeletChoice } from './settings/kubelet-config.node.ts'
import { parseListen, resolveNodeFlags } from './flags/flags.node.ts'
import { nodeConfig } from './flags/node-config.ts'

/** The process that runs this machine's Pods: kubelet, proxy, Pod network and DNS. */
export function main(): Promise<void> {
  return runChild(async ({ dataDir, flags }) => {
    const directory = dataDirectory(dataDir)
    const { host, port } = parseListen(flags.listen)
    const reached = isEverywhere(host) ? '127.0.0.1' : host
    const agent = await startNodeAgent({
      ...kubeletChoice(flags.kubeletConfig),
      dataDir: directory.node,
      pkiDirectory: directory.pki,
      server: `https://${hostAndPort(reached, port)}`,
      // Whoever has it listen elsewhere wants it to be reached.
      ...(isLoopback(host) && { apiServerPort: port }),
      ...nodeConfig(flags),
      ...resolveNodeFlags(flags),
      logger: pinoLogger(),
      onStep: stepReporter(),
    })
    tell({ type: 'ready' })
    return agent
  })
}
