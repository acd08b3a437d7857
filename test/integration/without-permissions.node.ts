// Brings a Pod to life where Node.js is started with `--permission`: no port, file, process or thread may be opened.
import { Pod } from '../../src/api/core/v1/pod.ts'
import { Cluster } from '../../src/index.ts'

const SCOPES = ['fs.write', 'net', 'child', 'worker', 'addon', 'wasi']
const POD = `
apiVersion: v1
kind: Pod
metadata: { name: web }
spec: { containers: [{ name: main, image: example }] }
`

await using cluster = await Cluster.start({ nodes: 2 })
await cluster.apply(POD)
const phase = await cluster.eventually(async () => {
  const { status } = await cluster.client.get(Pod, { namespace: 'default', name: 'web' })
  return status.phase === 'Running' && status.phase
})
const allowed = SCOPES.filter((scope) => process.permission.has(scope))
process.stdout.write(JSON.stringify({ phase, allowed }))
