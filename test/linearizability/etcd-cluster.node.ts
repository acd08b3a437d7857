import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Random, randomInt } from '../../src/base/random.ts'
import { openEtcdStore } from '../../src/storage/etcd/open-etcd-store.node.ts'
import { etcdProcess, freePort } from '../../src/storage/etcd/testing.node.ts'

const MEMBERS = 3

interface EtcdCluster extends AsyncDisposable {
  /** Of the members, by their number. */
  readonly endpoints: readonly string[]
  /** Ends a member at once and starts it again. */
  kill(member: number): Promise<void>
}

/** A cluster of several members, which sync what they write. */
export async function etcdCluster(): Promise<EtcdCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-etcds-'))
  const peers: string[] = []
  for (let i = 0; i < MEMBERS; i++) peers.push(`http://127.0.0.1:${await freePort()}`)
  const endpoints = peers.map((_, i) => `unix://${join(folder, `${i}.sock`)}`)
  const members = peers.map((peer, i) =>
    etcdProcess([
      `--name=m${i}`,
      `--data-dir=${join(folder, `data-${i}`)}`,
      `--listen-client-urls=${endpoints[i]}`,
      `--advertise-client-urls=http://127.0.0.1:${i + 1}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=${peers.map((each, at) => `m${at}=${each}`).join(',')}`,
      '--log-level=fatal',
    ]),
  )
  for (const member of members) member.start()
  return {
    endpoints,
    async kill(member) {
      await members[member]!.stop()
      members[member]!.start()
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(members.map((member) => member.stop()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Kills one member after the other, each when the one before answers again, until the signal aborts. */
export async function killMembers(
  cluster: EtcdCluster,
  random: Random,
  { signal }: { readonly signal: AbortSignal },
): Promise<number> {
  let kills = 0
  while (!signal.aborted) {
    const member = randomInt(random, MEMBERS)
    await cluster.kill(member)
    kills += 1
    // It has the others' log again when it answers a quorum read.
    await using store = await openEtcdStore({
      endpoints: [cluster.endpoints[member]!],
      timeoutMs: 60_000,
    })
    await store.revision()
    await delay(randomInt(random, 300))
  }
  return kills
}
