import { killedCluster } from '../linearizability/etcd-kills.node.ts'

const KILLS = 1000
const OPERATIONS_PER_CLIENT = 400

export const soak = {
  name: 'etcd-kills',
  what: `members of an etcd cluster are killed ${KILLS} times under a store, whose history stays linearizable`,
  async run(log: (line: string) => void): Promise<string> {
    const sum = { kills: 0, changes: 0, unknown: 0 }
    for (let seed = 1; sum.kills < KILLS; seed++) {
      const { kills, changes, unknown } = await killedCluster(OPERATIONS_PER_CLIENT, seed)
      sum.kills += kills
      sum.changes += changes
      sum.unknown += unknown
      log(`${sum.kills} kills`)
    }
    return `${sum.kills} kills, ${sum.changes} changes, ${sum.unknown} writes of unknown outcome, no contradiction`
  },
}
