import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Logger } from '../base/logger.ts'
import { conntrackArguments, type StaleFlows } from './conntrack.ts'

const execute = promisify(execFile)

/** Makes the kernel forget flows, by the program `conntrack`. Without it they time out by themselves. */
export async function forgetFlows(flows: readonly StaleFlows[], logger: Logger): Promise<void> {
  for (const each of flows) {
    try {
      await execute('conntrack', conntrackArguments(each))
    } catch (error) {
      const { code, stderr } = error as NodeJS.ErrnoException & { readonly stderr?: string }
      if (code === 'ENOENT') {
        logger.warn('Flows of UDP to Pods that are gone live on until they time out', {
          missing: 'conntrack',
        })
        return
      }
      // It fails where there are none.
      if (!stderr?.includes('0 flow entries'))
        logger.error('Cannot forget flows of UDP', { error: stderr?.trim() ?? String(error) })
    }
  }
}
