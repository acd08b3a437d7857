// A process that starts one cluster, and says how long that took from its own start on, and how much processor time.
import { Cluster } from 'trierarch'

const cluster = await Cluster.start()
const ms = performance.now() // Counted from the start of the process.
const { user, system } = process.cpuUsage()
console.log(`${ms} ${(user + system) / 1000}`)
await cluster[Symbol.asyncDispose]()
