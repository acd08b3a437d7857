import { systemClock } from '../base/clock.node.ts'
import { silentLogger } from '../base/logger.ts'
import { systemRandom } from '../base/random.node.ts'
import { chosenApi } from '../api/served-resources.ts'
import { UnreachableError } from '../client/connections.node.ts'
import { reasonText } from '../cluster/why/answer.ts'
import { type Subject, why, WhyError } from '../cluster/why/why.ts'
import { asAdmin } from './cluster-access.node.ts'
import { dataDirectory } from './data-directory.node.ts'
import { apiChoice } from './flags/api-flags.node.ts'
import { resolveFlags } from './flags/flags.node.ts'
import { isRunning, readRunState } from './run-state.node.ts'
import { schedulerChoice } from './settings/scheduler-config.node.ts'
import { UserError } from './user-error.ts'

export interface WhyOptions {
  readonly dataDir: string
  readonly namespace: string
  readonly output?: string
}

/** `trierarch why KIND/NAME`: says why an object is not as it should be, and what would help. */
export async function printWhy(
  words: readonly string[],
  { dataDir, namespace, output }: WhyOptions,
): Promise<void> {
  const subject = { ...subjectOf(words), namespace }
  const directory = dataDirectory(dataDir)
  if (!isRunning(readRunState(directory)?.supervisor)) {
    throw new UserError(`The cluster in ${directory.path} does not run.`)
  }
  const flags = resolveFlags({}, directory)
  const reason = await asAdmin(directory, async ({ client }) => {
    const asking = {
      ...(await chosenApi(apiChoice(flags))),
      ...schedulerChoice('--scheduler-config', flags.schedulerConfig).scheduler,
      client,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    }
    return why(subject, asking).catch(inOurWords)
  })
  process.stdout.write(
    output === 'json' ? `${JSON.stringify(reason, undefined, 2)}\n` : reasonText(reason),
  )
}

function inOurWords(cause: unknown): never {
  if (cause instanceof WhyError) throw new UserError(`Error: ${cause.message}`, { cause })
  if (cause instanceof UnreachableError) {
    const sentence = `${cause.message}; it may just be starting: try again, or see \`trierarch status\`.`
    throw new UserError(sentence, { cause })
  }
  throw cause
}

/** `pod/web`, or `pod web`. */
function subjectOf(words: readonly string[]): Pick<Subject, 'kind' | 'name'> {
  const [kind, name, ...more] = words.flatMap((word) => word.split('/'))
  if (!kind || !name || more.length > 0) {
    throw new UserError('Name one object as KIND/NAME, such as pod/web.', { exitCode: 2 })
  }
  return { kind, name }
}
