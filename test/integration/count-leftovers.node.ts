// `node count-leftovers.node.ts COUNT` starts and stops so many clusters, and prints what they left behind.
import { startAndStop } from './cluster-leaks.node.ts'

console.log(JSON.stringify(await startAndStop(Number(process.argv[2]))))
