import { once } from 'node:events'
import { runChild, tell } from '../../src/cmd/child-process.node.ts'

// A process of a cluster that is slow to stop: it is not done before its supervisor is gone.
await runChild(async () => {
  tell({ type: 'ready' })
  return {
    setCertificates: () => undefined,
    async [Symbol.asyncDispose]() {
      if (process.connected) await once(process, 'disconnect')
      tell({ type: 'step', name: 'stopped', ms: 0, atMs: 0 })
    },
  }
})
