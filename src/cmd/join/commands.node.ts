import type { Command } from 'commander'
import { addFlag, DATA_DIR_FLAG, NODE_FLAGS } from '../flags/flags.node.ts'
import type { JoinOptions } from './join.node.ts'
import type { TokenCreateOptions } from './token.node.ts'

/** Adds the commands with which machines join a cluster. */
export function addJoining(program: Command): void {
  const token = program.command('token').description('tokens with which machines join the cluster')
  withDataDir(token.command('create').description('make a token; prints the command to join with'))
    .argument('[TOKEN]', 'a token of your own')
    .option('--ttl <DURATION>', 'how long it can be used; 0 for ever', '24h')
    .option('--description <TEXT>', 'what it is for')
    .option('--usages <LIST>', 'signing, authentication', 'signing,authentication')
    .option('--groups <LIST>', 'groups that its bearer is in', '')
    .action(async (given: string | undefined, options: TokenCreateOptions) =>
      say(await (await import('./token.node.ts')).createToken(given, options)),
    )
  withDataDir(token.command('list').description('list the tokens')).action(
    async ({ dataDir }: { dataDir: string }) =>
      say(await (await import('./token.node.ts')).listTokens(dataDir)),
  )
  withDataDir(token.command('delete').description('delete tokens, by themselves or their IDs'))
    .argument('<TOKENS...>')
    .action(async (tokens: string[], { dataDir }: { dataDir: string }) =>
      say(await (await import('./token.node.ts')).deleteTokens(dataDir, tokens)),
    )
  addJoin(program)
}

function addJoin(program: Command): void {
  const command = withDataDir(program.command('join'))
    .description('make this machine a node of a cluster that runs elsewhere, and run it')
    .argument('[HOST:PORT]', 'its API server; not needed again once this machine has joined')
    .option('--token <TOKEN>', 'from "trierarch token create"')
    .option('--ca-cert-hash <HASH...>', "the cluster's authority, sha256:HEX")
    .option('--discovery-token-unsafe-skip-ca-verification', 'believe whoever knows the token')
    .option('--node-name <NAME>', "this node's name (default: the machine's)")
  for (const flag of NODE_FLAGS) addFlag(command, flag, { showDefault: true })
  command.action(async (server: string | undefined, options: JoinOptions) =>
    (await import('./join.node.ts')).joinCluster(server, options),
  )
}

function withDataDir(command: Command): Command {
  return addFlag(command, DATA_DIR_FLAG)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
