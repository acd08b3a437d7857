import { simulate } from '../simulation/simulate.ts'

const SEEDS = 1000

/** A thousand clusters in virtual time, each with twenty minutes of disasters of its own. */
export const soak = {
  name: 'simulation',
  what: `${SEEDS} seeds of npm run simulate`,

  async run(log: (line: string) => void): Promise<string> {
    let [writes, virtualMs] = [0, 0]
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const result = await simulate({ seed }).catch((error: unknown) => {
        throw new Error(`seed ${seed} fails; npm run simulate -- --seed ${seed}`, { cause: error })
      })
      writes += result.writes
      virtualMs += result.virtualMs
      log(`seed ${seed}: ${result.writes} writes, log ${result.digest}`)
    }
    const hours = Math.round(virtualMs / 3_600_000)
    return `${SEEDS} seeds, ${writes} writes, ${hours} hours of virtual time, no invariant broken`
  },
}
