import { killRepeatedly } from '../../src/storage/sqlite/crash/kills.node.ts'

const KILLS = 1000

export const soak = {
  name: 'sqlite-kills',
  what: `a store in SQLite is killed ${KILLS} times under load, while it starts and while it compacts`,
  async run(log: (line: string) => void): Promise<string> {
    const acknowledged = await killRepeatedly(KILLS, 2, (round) => {
      if (round % 100 === 99) log(`${round + 1} kills`)
    })
    return `${KILLS} kills, all of ${acknowledged} acknowledged writes kept`
  },
}
