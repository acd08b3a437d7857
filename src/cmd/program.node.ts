import { Command, CommanderError } from 'commander'
import { addComponents } from './components/commands.node.ts'
import { addClusterFlags, addFlag, DATA_DIR_FLAG } from './flags.node.ts'
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
  addImage(program)
  addSnapshot(program)
  addCerts(program)
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
      say(await (await import('./certs.node.ts')).listCertificates(dataDir, output)),
    )
  withDataDir(certs.command('rotate').description('make new ones; a running cluster goes on'))
    .option('--ca', 'make new authorities too; the old ones stay trusted until they expire')
    .action(async (options: { dataDir: string; ca?: boolean }) =>
      say(await (await import('./certs.node.ts')).rotateCertificates(options.dataDir, options)),
    )
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function withDataDir(command: Command): Command {
  return addFlag(command, DATA_DIR_FLAG)
}
