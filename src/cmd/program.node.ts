import { Command, CommanderError } from 'commander'
import { addComponents } from './components/commands.node.ts'
import { addJoining } from './join/commands.node.ts'
import { addClusterFlags, addFlag, DATA_DIR_FLAG } from './flags/flags.node.ts'
import type { DiffOptions } from './past/diff.node.ts'
import type { RecordFlags, ReplayFlags } from './past/record.node.ts'
import type { UpOptions } from './up.node.ts'
import type { WhyOptions } from './why.node.ts'

/** Reads the command line and runs what it says. Commands are imported when they run, so that each starts fast. */
export async function run(args: readonly string[]): Promise<void> {
  // Whoever read our output may have read enough, as `head` does.
  process.stdout.on('error', () => undefined)
  const program = new Command('trierarch')
    .description(
      'Kubernetes 1.36: API server, controllers, scheduler, node and network in one command.',
    )
    .exitOverride()
    .enablePositionalOptions()
  addUp(program)
  withDataDir(program.command('down').description('stop the cluster; its state stays')).action(
    async (options: { dataDir: string }) => (await import('./stop.node.ts')).down(options),
  )
  withDataDir(
    program.command('status').description('say what runs, where, and whether it is healthy'),
  )
    .option('-o, --output <FORMAT>', 'json')
    .action(async (options: { dataDir: string; output?: string }) =>
      (await import('./status.node.ts')).status(options),
    )
  addWhy(program)
  addKubectl(program)
  addPast(program)
  addSimulate(program)
  addImage(program)
  addSnapshot(program)
  addCerts(program)
  addJoining(program)
  addComponents(program)

  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Commander has said what was wrong; help that was asked for is no failure.
    process.exitCode = error.exitCode === 0 ? 0 : 2
  }
}

function addUp(program: Command): void {
  const command = withDataDir(
    program.command('up').description('start a cluster, or carry on with the one that is there'),
  )
  addClusterFlags(command)
    .option('--kubeconfig <FILE>', 'also merge the new context into FILE')
    .option('--detach', 'return when ready; `trierarch down` stops the cluster')
    .option('--yes', 'install missing system packages without asking')
    .action(async (options: UpOptions) => (await import('./up.node.ts')).up(options))
}

function addWhy(program: Command): void {
  withDataDir(
    program.command('why').description('say why a Pod waits, a rollout or a deletion is stuck, …'),
  )
    .argument('<KIND/NAME>', 'such as pod/web or deployment/web')
    .argument('[NAME]')
    .option('-n, --namespace <NAMESPACE>', 'where the object is', 'default')
    .option('-o, --output <FORMAT>', 'json')
    .action(async (kind: string, name: string | undefined, options: WhyOptions) =>
      (await import('./why.node.ts')).printWhy(name === undefined ? [kind] : [kind, name], options),
    )
}

function addKubectl(program: Command): void {
  withDataDir(program.command('kubectl').description("kubectl with this cluster's kubeconfig"))
    .argument('[args...]')
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: string[], { dataDir }: { dataDir: string }) =>
      (await import('./kubectl.node.ts')).kubectl(dataDir, args),
    )
}

function addPast(program: Command): void {
  withDataDir(
    program.command('at').description('kubectl, which reads the state of a revision or a time'),
  )
    .argument('<WHEN>', 'such as 4711, 2026-05-04T10:00:00Z or 5m (ago)')
    .argument('[args...]', 'such as get pods')
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (when: string, args: string[], { dataDir }: { dataDir: string }) =>
      (await import('./past/at.node.ts')).at(dataDir, when, args),
    )
  withDataDir(
    program.command('diff').description('say what was added, changed and removed between states'),
  )
    .argument('<A>', 'such as 4711, 2026-05-04T10:00:00Z or 5m (ago)')
    .argument('[B]', 'the present where absent')
    .option('--all', 'also Events and Leases')
    .option('-o, --output <FORMAT>', 'json')
    .action(async (a: string, b: string | undefined, options: DiffOptions) =>
      (await import('./past/diff.node.ts')).diff([a, b], options),
    )
  withDataDir(
    program.command('record').description('write down all objects and what becomes of them'),
  )
    .argument('<FILE>')
    .option('--for <DURATION>', 'how long; until Ctrl-C where absent')
    .option('--from <WHEN>', 'where in the past to begin')
    .action(async (file: string, options: RecordFlags) =>
      (await import('./past/record.node.ts')).recordTo(file, options),
    )
  withDataDir(
    program.command('replay').description("do again what was recorded, also by kwok's kwokctl"),
  )
    .argument('<FILE>')
    .option('--speed <FACTOR>', 'how many times as fast', '1')
    .action(async (file: string, options: ReplayFlags) =>
      (await import('./past/record.node.ts')).replayFrom(file, options),
    )
}

function addSimulate(program: Command): void {
  withDataDir(program.command('simulate').description('have more or fewer simulated nodes'))
    .requiredOption('--nodes <N>', 'how many')
    .action(async (options: { dataDir: string; nodes: string }) =>
      (await import('./simulate.node.ts')).simulate(options),
    )
}

function addImage(program: Command): void {
  const image = program.command('image').description("the node's images")
  withDataDir(image.command('load').description('load OCI or docker archives'))
    .argument('<files...>')
    .action(async (files: string[], { dataDir }: { dataDir: string }) =>
      (await import('./image.node.ts')).load(dataDir, files),
    )
  withDataDir(image.command('ls').description('list the images')).action(
    async ({ dataDir }: { dataDir: string }) => (await import('./image.node.ts')).list(dataDir),
  )
}

function addSnapshot(program: Command): void {
  const snapshot = program.command('snapshot').description("copies of the cluster's state")
  withDataDir(snapshot.command('save').description('copy the state, also while the cluster runs'))
    .argument('<FILE>')
    .action(async (file: string, { dataDir }: { dataDir: string }) =>
      say(await (await import('./snapshot.node.ts')).save(dataDir, file)),
    )
  withDataDir(snapshot.command('restore').description('put a copy in place of the state'))
    .argument('<FILE>')
    .action(async (file: string, { dataDir }: { dataDir: string }) =>
      say(await (await import('./snapshot.node.ts')).restore(dataDir, file)),
    )
}

function addCerts(program: Command): void {
  const certs = program.command('certs').description("the cluster's certificates")
  withDataDir(certs.command('list').description('list them, and until when they are good'))
    .option('-o, --output <FORMAT>', 'json')
    .action(async ({ dataDir, output }: { dataDir: string; output?: string }) =>
      say(await (await import('./certs/certs.node.ts')).listCertificates(dataDir, output)),
    )
  withDataDir(certs.command('rotate').description('make new ones; a running cluster goes on'))
    .option('--ca', 'make new authorities too; the old ones stay trusted until they expire')
    .action(async (options: { dataDir: string; ca?: boolean }) =>
      say(
        await (await import('./certs/certs.node.ts')).rotateCertificates(options.dataDir, options),
      ),
    )
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function withDataDir(command: Command): Command {
  return addFlag(command, DATA_DIR_FLAG)
}
