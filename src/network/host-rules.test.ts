import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostRulesScript } from './host-rules.node.ts'

test('hostRulesScript() lets Pods of each family out, and closes ports at the address that has them', () => {
  const script = hostRulesScript({
    table: 'host',
    clusterCIDRs: ['10.244.0.0/16', 'fd00:244::/56'],
    podCIDRs: ['10.244.1.0/24', 'fd00:244:0:1::/64'],
    bridge: 'br0',
    address: '192.0.2.1',
    ports: [10250, 10053],
  })
  const rules = script.split('\n').filter((line) => /masquerade|drop/.test(line))
  assert.deepEqual(
    rules.map((line) => line.trim()),
    [
      'ip saddr 10.244.1.0/24 ip daddr != 10.244.0.0/16 oifname != "br0" masquerade',
      'ip daddr 192.0.2.1 meta l4proto { tcp, udp } th dport { 10250, 10053 } ip saddr != 10.244.0.0/16 fib saddr type != local drop',
      'ip6 saddr fd00:244:0:1::/64 ip6 daddr != fd00:244::/56 oifname != "br0" masquerade',
    ],
  )
})
