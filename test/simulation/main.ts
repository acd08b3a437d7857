import { createWriteStream } from 'node:fs'
import { parseArgs } from 'node:util'
import { simulate } from './simulate.ts'

const USAGE = 'Usage: npm run simulate -- --seed N [--minutes M] [--log FILE]'

/** Replays one simulation. Ends with code 1 where it finds something wrong, 2 where it is not asked for rightly. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, minutes: { type: 'string' }, log: { type: 'string' } },
  })
  const [seed, minutes] = [Number(values.seed), Number(values.minutes ?? 20)]
  if (!Number.isInteger(seed) || seed < 0 || !(minutes > 0)) {
    process.stderr.write(`${USAGE}\n`)
    return 2
  }
  const file = values.log === undefined ? undefined : createWriteStream(values.log)
  const startMs = performance.now()
  try {
    const { writes, digest, calls, virtualMs } = await simulate({
      seed,
      minutes,
      ...(file && { onLine: (line: string) => void file.write(`${line}\n`) }),
    })
    const realMs = performance.now() - startMs
    process.stdout.write(
      `seed ${seed}: ${calls} calls of the user, ${writes} writes, log ${digest}; ` +
        `${Math.round(virtualMs / 1000)} s of virtual time in ${(realMs / 1000).toFixed(1)} s, ` +
        `${Math.round(virtualMs / realMs)} times real time\n`,
    )
    return 0
  } catch (error) {
    process.stderr.write(`seed ${seed}: ${error instanceof Error ? error.stack : String(error)}\n`)
    return 1
  } finally {
    await new Promise((resolve) => (file ? file.end(resolve) : resolve(undefined)))
  }
}

process.exitCode = await main()
