import { churn } from '../kubelet/churn.node.ts'
import { untilUnused } from '../kubelet/node-traces.node.ts'
import { testKubelet } from '../kubelet/test-kubelet.node.ts'

const PODS = 1000
const AT_ONCE = 50

/** A thousand Pods that come and go on one node, which must be as it was before. */
export const soak = {
  name: 'node',
  what: `${PODS} Pods that come and go on one node with real containers, of which nothing may be left`,
  async run(log: (line: string) => void): Promise<string> {
    await using t = await testKubelet()
    for (let done = 0; done < PODS; done += AT_ONCE) {
      const names = Array.from({ length: AT_ONCE }, (_, i) => `pod-${done + i}`)
      const { allMs } = await churn(t, names)
      log(`${done + AT_ONCE} Pods, the last ${AT_ONCE} ran after ${Math.round(allMs)} ms`)
    }
    await untilUnused(t.node)
    return `${PODS} Pods, no mount, interface, address, cgroup, process or directory left`
  },
}
