// Runs the operator until it is stopped: `node examples/operator-runtime/main.ts`, with KUBECONFIG set or in a Pod.
import { once } from 'node:events'
import { startOperator } from 'trierarch/controller'
import { websites } from './operator.ts'

await using _operator = await startOperator({ controllers: [websites], userAgent: 'websites' })
await once(process, 'SIGTERM')
