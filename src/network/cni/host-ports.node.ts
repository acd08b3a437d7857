import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { isEmptyTable, portmapRemoval } from './portmap-removal.ts'

const execute = promisify(execFile)

/** Removes what the portmap plugin left in the kernel's tables, and tables that are empty then. */
export async function removeHostPorts(network: string): Promise<void> {
  const removed = [
    await removeRules('iptables', network),
    await removeRules('ip6tables', network), // It makes this table whether it needs it or not.
  ]
  if (!removed.includes(true)) return
  await removeTableIfEmpty('iptables', 'ip')
  await removeTableIfEmpty('ip6tables', 'ip6')
}

async function removeRules(iptables: 'iptables' | 'ip6tables', network: string): Promise<boolean> {
  const removal = portmapRemoval((await listing(iptables)) ?? '', network)
  if (removal !== undefined) await restore(`${iptables}-restore`, removal)
  return removal !== undefined
}

// Only the variant on top of nftables has a table that can be seen, and removed, as such.
async function removeTableIfEmpty(
  iptables: 'iptables' | 'ip6tables',
  family: 'ip' | 'ip6',
): Promise<void> {
  const rules = await listing(iptables)
  if (rules === undefined || !isEmptyTable(rules)) return
  await execute('nft', ['delete', 'table', family, 'nat']).catch(() => undefined)
}

async function listing(iptables: string): Promise<string | undefined> {
  try {
    return (await execute(iptables, ['-t', 'nat', '-S'])).stdout
  } catch {
    return undefined // It is not there, or the kernel lacks the table: then the plugin did nothing either.
  }
}

async function restore(program: string, input: string): Promise<void> {
  const child = spawn(program, ['--noflush'], { stdio: ['pipe', 'ignore', 'pipe'] })
  child.stdin.end(input)
  const [[code], stderr] = await Promise.all([
    once(child, 'close') as Promise<[number]>,
    child.stderr.setEncoding('utf8').toArray(),
  ])
  if (code !== 0) throw new Error(`Cannot remove host ports: ${stderr.join('').trim()}`)
}
