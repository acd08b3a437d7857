import { isAlreadyExists, isNotFound } from '../apimachinery/status-predicates.ts'
import { Node } from '../api/core/v1/node.ts'
import type { Client } from '../client/client.ts'
import { FAKE_NODE, nodeLabels, SIMULATED } from '../simulation/node-marks.ts'
import { asAdmin } from './cluster-access.node.ts'
import { dataDirectory, readJson } from './data-directory.node.ts'
import { rememberFlags, type ClusterFlags } from './flags/flags.node.ts'
import { wholeNumber } from './flags/values.ts'
import { readRunState } from './run-state.node.ts'
import { UserError } from './user-error.ts'

const NODES_MAX = 100_000
const AT_ONCE = 64

/** `trierarch simulate --nodes N`: has so many simulated nodes in a cluster that runs. */
export async function simulate({
  dataDir,
  nodes,
}: {
  readonly dataDir: string
  readonly nodes: string
}): Promise<void> {
  const count = wholeNumber('nodes', nodes, NODES_MAX)
  const directory = dataDirectory(dataDir)
  const node = readRunState(directory)?.node
  if (node !== undefined && node !== 'simulated') {
    const why = node === 'none' ? 'no nodes' : 'real ones'
    throw new UserError(`Cannot simulate nodes: this cluster was started with ${why}.`)
  }
  const before = await asAdmin(directory, ({ client }) => scaleNodes(client, count))
  // The next start of the cluster has as many.
  const flags = readJson<ClusterFlags>(directory.flags)
  if (flags) await rememberFlags({ ...flags, nodes: count }, directory)
  process.stdout.write(`Simulated nodes: ${before} before, ${count} now.\n`)
}

/** Makes or takes away simulated nodes, the newest first. Answers with how many there were. */
export async function scaleNodes(client: Client, count: number): Promise<number> {
  const { items } = await client.list(Node)
  const names = items.filter(isSimulated).map(({ metadata }) => metadata.name)
  const ordered = names.toSorted((a, b) => numberOf(a) - numberOf(b))
  await inBatches(ordered.slice(count), (name) => remove(client, name))
  const taken = new Set(items.map(({ metadata }) => metadata.name))
  await inBatches(freeNames(taken, count - names.length), (name) => create(client, name))
  return names.length
}

function isSimulated({ metadata: { labels, annotations } }: Node): boolean {
  return labels?.[SIMULATED] === 'true' || annotations?.[FAKE_NODE] === 'fake'
}

function numberOf(name: string): number {
  return Number(/\d+$/.exec(name)?.[0] ?? 0)
}

function freeNames(taken: ReadonlySet<string>, count: number): readonly string[] {
  const names: string[] = []
  for (let number = 1; names.length < count; number += 1)
    if (!taken.has(`node-${number}`)) names.push(`node-${number}`)
  return names
}

async function create(client: Client, name: string): Promise<void> {
  const metadata = { name, labels: nodeLabels(name), annotations: { [FAKE_NODE]: 'fake' } }
  await client.create(Node, { metadata }).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error
  })
}

async function remove(client: Client, name: string): Promise<void> {
  await client.delete(Node, { name }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
  })
}

async function inBatches(
  names: readonly string[],
  act: (name: string) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < names.length; at += AT_ONCE)
    await Promise.all(names.slice(at, at + AT_ONCE).map(act))
}
