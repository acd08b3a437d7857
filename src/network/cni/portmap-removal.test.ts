import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEmptyTable, portmapRemoval } from './portmap-removal.ts'

const SHARED = `-P PREROUTING ACCEPT
-P POSTROUTING ACCEPT
-N CNI-HOSTPORT-DNAT
-N CNI-HOSTPORT-MASQ
-N OTHER
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A PREROUTING -j OTHER
-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ
-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
`
const pod = (network: string, chain: string): string => `-N ${chain}
-A ${chain} -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2:80
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"${network}\\" id: \\"x\\"" -m multiport --dports 80 -j ${chain}
`

test('portmapRemoval() removes the shared chains with the last network that uses them', () => {
  assert.equal(
    portmapRemoval(SHARED + pod('ours', 'CNI-DN-1'), 'ours'),
    `*nat
-D CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"ours\\" id: \\"x\\"" -m multiport --dports 80 -j CNI-DN-1
-F CNI-DN-1
-X CNI-DN-1
-D PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-D POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ
-F CNI-HOSTPORT-DNAT
-F CNI-HOSTPORT-MASQ
-X CNI-HOSTPORT-DNAT
-X CNI-HOSTPORT-MASQ
COMMIT
`,
  )
})

test('portmapRemoval() leaves what another network uses', () => {
  const removal = portmapRemoval(
    SHARED + pod('ours', 'CNI-DN-1') + pod('theirs', 'CNI-DN-2'),
    'ours',
  )
  assert.match(removal!, /-X CNI-DN-1\nCOMMIT/)
  assert.doesNotMatch(removal!, /CNI-DN-2|-X CNI-HOSTPORT/)
})

test('portmapRemoval() has nothing to do where no host port was ever used', () => {
  assert.equal(
    portmapRemoval('-P PREROUTING ACCEPT\n-N OTHER\n-A PREROUTING -j OTHER\n', 'ours'),
    undefined,
  )
})

test('isEmptyTable() knows a table without rules, chains and policies', () => {
  assert.equal(isEmptyTable('-P PREROUTING ACCEPT\n-P OUTPUT ACCEPT\n'), true)
  assert.equal(isEmptyTable('-P PREROUTING DROP\n'), false)
  assert.equal(isEmptyTable('-P PREROUTING ACCEPT\n-N MINE\n'), false)
})
