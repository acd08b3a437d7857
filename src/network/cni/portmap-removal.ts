const SHARED_CHAINS = /^CNI-HOSTPORT-(?:DNAT|MASQ|SETMARK)$/

/**
 * What to feed to `iptables-restore --noflush` so that nothing of a network's host ports is left, from what
 * `iptables -t nat -S` prints. The portmap plugin removes a Pod's rules with the Pod but never the chains that all
 * Pods share; they go where no other network's Pods use them. Undefined where there is nothing to remove.
 */
export function portmapRemoval(listing: string, network: string): string | undefined {
  const lines = listing.split('\n')
  const chains = lines.flatMap((line) => /^-N (CNI-\S+)$/.exec(line)?.[1] ?? [])
  const shared = chains.filter((chain) => SHARED_CHAINS.test(chain))
  const dispatches = lines.filter((line) => line.startsWith('-A CNI-HOSTPORT-DNAT '))
  const ours = dispatches.filter((line) => line.includes(`dnat name: \\"${network}\\" `))
  const ourChains = ours.map(target).filter((chain) => chains.includes(chain))
  const othersUseThem = dispatches.length > ours.length
  const jumps = lines.filter(
    (line) =>
      line.startsWith('-A ') && !line.startsWith('-A CNI-') && shared.includes(target(line)),
  )

  const commands = [
    ...ours.map(deletion),
    ...emptied(ourChains),
    ...(othersUseThem ? [] : [...jumps.map(deletion), ...emptied(shared)]),
  ]
  return commands.length === 0 ? undefined : `*nat\n${commands.join('\n')}\nCOMMIT\n`
}

/** Whether the listing shows a table in which there is nothing at all. */
export function isEmptyTable(listing: string): boolean {
  return listing
    .trim()
    .split('\n')
    .every((line) => /^-P \S+ ACCEPT$/.test(line))
}

function target(rule: string): string {
  return /-j (\S+)$/.exec(rule)?.[1] ?? ''
}

function deletion(rule: string): string {
  return rule.replace(/^-A/, '-D')
}

// First all rules, since a chain cannot be removed that another jumps to.
function emptied(chains: readonly string[]): string[] {
  return [...chains.map((chain) => `-F ${chain}`), ...chains.map((chain) => `-X ${chain}`)]
}
