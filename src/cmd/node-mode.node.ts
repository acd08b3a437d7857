import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { ClusterFlags } from './flags/flags.node.ts'
import { UserError } from './user-error.ts'

export type NodeMode = 'containerd' | 'simulated' | 'none'

/** What a node with real containers needs, and the Debian package that brings it. */
const NEEDED: readonly (readonly [command: string, aptPackage: string])[] = [
  ['containerd', 'containerd'],
  ['runc', 'runc'],
  ['nft', 'nftables'],
  ['ip', 'iproute2'],
  ['iptables', 'iptables'],
]
const CNI_DIRECTORIES = ['/usr/lib/cni', '/opt/cni/bin']
const CNI_PACKAGE = 'containernetworking-plugins'

export interface NodeModeOptions {
  readonly flags: ClusterFlags
  /** Install what is missing without asking. */
  readonly yes: boolean
  readonly notice: (line: string) => void
}

/** Decides what kind of node this machine gets, installing what is missing where the user agrees. */
export async function decideNodeMode({ flags, yes, notice }: NodeModeOptions): Promise<NodeMode> {
  if (flags.node === 'none' || flags.node === 'simulated') return flags.node
  const obstacle = hostObstacle()
  const missing = obstacle === undefined ? missingPackages(flags) : []
  if (obstacle === undefined && missing.length === 0) return 'containerd'

  if (obstacle === undefined && (yes || (await agrees(missing)))) {
    installPackages(missing, notice)
    return 'containerd'
  }
  const why =
    obstacle ??
    `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not installed (--yes installs)`
  if (flags.node === 'containerd')
    throw new UserError(`Cannot run containers on this machine: ${why}.`)
  notice(`Nodes are simulated: ${why}.`)
  return 'simulated'
}

/** Why this machine cannot run containers at all. */
function hostObstacle(): string | undefined {
  if (process.platform !== 'linux') return `containers need Linux, this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'containers need root'
  return undefined
}

function missingPackages(flags: ClusterFlags): string[] {
  const commands = NEEDED.filter(([command]) => !isNeedless(command, flags) && !onPath(command))
  const packages = commands.map(([, aptPackage]) => aptPackage)
  const hasPlugins = CNI_DIRECTORIES.some((directory) => existsSync(join(directory, 'bridge')))
  return hasPlugins || flags.podNetwork === 'none' ? packages : [...packages, CNI_PACKAGE]
}

function isNeedless(command: string, flags: ClusterFlags): boolean {
  return (
    flags.containerRuntimeEndpoint !== undefined && (command === 'containerd' || command === 'runc')
  )
}

function onPath(command: string): boolean {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return directories.some((directory) => {
    try {
      accessSync(join(directory, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

async function agrees(packages: readonly string[]): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false
  const prompt = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const answer = await prompt.question(
      `Install ${packages.join(', ')} to run real containers? [Y/n] `,
    )
    return /^(y|yes)?$/i.test(answer.trim())
  } finally {
    prompt.close()
  }
}

function installPackages(packages: readonly string[], notice: (line: string) => void): void {
  if (!onPath('apt-get')) {
    throw new UserError(
      `Cannot install ${packages.join(', ')}: there is no apt-get; install them with your package manager.`,
    )
  }
  notice(`Installing ${packages.join(', ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'ignore'] })
  const args = ['install', '-y', '-qq', '--no-install-recommends', ...packages]
  const { status, stderr } = spawnSync('apt-get', args, {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (status === 0) return
  const last = stderr.trim().split('\n').at(-1) ?? ''
  throw new UserError(
    `Cannot install ${packages.join(', ')}: apt-get says ${JSON.stringify(last)}.`,
  )
}
