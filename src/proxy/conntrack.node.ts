import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Logger } from '../base/logger.ts'
import { conntrackArguments, type StaleFlows } from './conntrack.ts'

const execute = promisify(execFile)

/** Makes the kernel forget flows, one after the other. Disposing waits for those that were begun with. */
export interface FlowForgetter extends AsyncDisposable {
  forget(flows: readonly StaleFlows[]): void
}

/** Forgets by the program `conntrack`. Without it, which is told once, flows time out by themselves. */
export function flowForgetter(logger: Logger): FlowForgetter {
  let forgetting = Promise.resolve()
  let isMissing = false
  let isOver = false
  const forgetAll = async (flows: readonly StaleFlows[]): Promise<void> => {
    for (const each of flows) {
      if (isMissing || isOver) return
      isMissing = !(await forgetOne(each, logger))
    }
  }
  return {
    forget(flows) {
      forgetting = forgetting.then(() => forgetAll(flows))
    },
    async [Symbol.asyncDispose]() {
      isOver = true
      await forgetting
    },
  }
}

/** Tells whether there is a program to do so. */
async function forgetOne(flows: StaleFlows, logger: Logger): Promise<boolean> {
  try {
    await execute('conntrack', conntrackArguments(flows))
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { readonly stderr?: string }
    if (code === 'ENOENT') {
      logger.warn('Flows of UDP to Pods that are gone live on until they time out', {
        missing: 'conntrack',
      })
      return false
    }
    // It fails where there are none.
    if (!stderr?.includes('0 flow entries'))
      logger.error('Cannot forget flows of UDP', { error: stderr?.trim() ?? String(error) })
  }
  return true
}
