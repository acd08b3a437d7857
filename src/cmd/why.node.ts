import { systemClock } from '../base/clock.node.ts'
import { silentLogger } from '../base/logger.ts'
import { systemRandom } from '../base/random.node.ts'
import { StatusError } from '../apimachinery/status-error.ts'
import { chosenApi } from '../api/served-resources.ts'
import { createClient } from '../client/create-client.ts'
import { UnreachableError } from '../client/connections.node.ts'
import { httpsTransport } from '../client/https-transport.node.ts'
import { KubeconfigError } from '../client/kubeconfig.ts'
import { reasonText } from '../cluster/why/answer.ts'
import { type Subject, why, WhyError } from '../cluster/why/why.ts'
import { adminAccess } from './cluster-access.node.ts'
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
  try {
    using transport = httpsTransport(await adminAccess(directory))
    const flags = resolveFlags({}, directory)
    const asking = {
      ...(await chosenApi(apiChoice(flags))),
      ...schedulerChoice('--scheduler-config', flags.schedulerConfig).scheduler,
      client: createClient(transport),
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    }
    const reason = await why(subject, asking)
    process.stdout.write(
      output === 'json' ? `${JSON.stringify(reason, undefined, 2)}\n` : reasonText(reason),
    )
  } catch (error) {
    const isForUser =
      error instanceof WhyError || error instanceof StatusError || error instanceof KubeconfigError
    if (isForUser) throw new UserError(`Error: ${error.message}`, { cause: error })
    if (error instanceof UnreachableError) {
      const sentence = `${error.message}; it may just be starting: try again, or see \`trierarch status\`.`
      throw new UserError(sentence, { cause: error })
    }
    throw error
  }
}

/** `pod/web`, or `pod web`. */
function subjectOf(words: readonly string[]): Pick<Subject, 'kind' | 'name'> {
  const [kind, name, ...more] = words.flatMap((word) => word.split('/'))
  if (!kind || !name || more.length > 0) {
    throw new UserError('Name one object as KIND/NAME, such as pod/web.', { exitCode: 2 })
  }
  return { kind, name }
}
