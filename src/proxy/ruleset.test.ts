import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { EMPTY_RULESET, tableScript, updateScript } from './nft-script.ts'
import { planRuleset } from './ruleset.ts'
import type { ServicePort } from './service-port.ts'

const backends = ['10.244.0.5', '10.244.0.6', '10.244.1.7'].map((address) => ({
  address,
  port: 8080,
  local: address.startsWith('10.244.0.'),
}))

function port(more: Partial<ServicePort> = {}): ServicePort {
  return {
    id: 'default/web:http',
    protocol: 'tcp',
    port: 80,
    clusterAddresses: ['10.96.0.20'],
    externalAddresses: [],
    backends,
    externalBackends: backends,
    externalLocal: false,
    ...more,
  }
}

const plan = (...ports: readonly ServicePort[]) => planRuleset(ports, { family: 'ip' })

test('planRuleset() lets the backends take turns strictly', () => {
  const { chains } = plan(port())
  assert.deepEqual(
    [...chains.values()],
    [
      [
        'numgen inc mod 3 0 meta l4proto tcp dnat ip to 10.244.0.5:8080',
        'numgen inc mod 2 0 meta l4proto tcp dnat ip to 10.244.0.6:8080',
        'meta l4proto tcp dnat ip to 10.244.1.7:8080',
      ],
    ],
  )
})

test('planRuleset() knows the Pods of this node that may reach themselves', () => {
  assert.deepEqual(
    [...plan(port()).elements.hairpins.keys()],
    ['10.244.0.5 . 10.244.0.5', '10.244.0.6 . 10.244.0.6'],
  )
})

test('planRuleset() rejects where there is no backend, and drops from outside under policy Local', () => {
  const none = plan(
    port({ backends: [], externalBackends: [], nodePort: 30_080, externalLocal: true }),
  )
  assert.deepEqual(
    [...none.elements['no-endpoint-services']],
    [['10.96.0.20 . tcp . 80', 'goto reject-all']],
  )
  assert.deepEqual([...none.elements['no-endpoint-node-ports']], [['tcp . 30080', 'drop']])
  assert.equal(none.chains.size, 0)
})

test('updateScript() says nothing where nothing changed', () => {
  assert.equal(updateScript('t', 'ip', plan(port()), plan(port())), '')
})

test('updateScript() names only what changed', () => {
  const other = port({ id: 'default/other:http', clusterAddresses: ['10.96.0.21'] })
  const script = updateScript(
    't',
    'ip',
    plan(port(), other),
    plan(port({ backends: backends.slice(0, 2) }), other),
  )
  assert.match(script, /flush chain ip t svc-/)
  assert.doesNotMatch(script, /other|element ip t services/)
})

const NO_NFT =
  process.getuid?.() !== 0 || spawnSync('nft', ['--version']).status !== 0
    ? 'needs root and nft'
    : false

test('nftables takes every script, and is empty again after the last', { skip: NO_NFT }, () => {
  const namespace = `trierarch-nft-${process.pid}`
  spawnSync('ip', ['netns', 'add', namespace])
  const nft = (input: string): void => {
    const { status, stderr } = spawnSync('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], {
      input,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
  }
  try {
    const states = [
      EMPTY_RULESET,
      plan(port()),
      plan(port({ nodePort: 30_080, affinitySeconds: 60, externalAddresses: ['192.0.2.1'] })),
      plan(port({ nodePort: 30_081, affinitySeconds: 60, backends: backends.slice(0, 1) })),
      plan(port({ backends: [], externalBackends: [], nodePort: 30_081 })),
      EMPTY_RULESET,
    ]
    nft(tableScript('t', 'ip', '10.244.0.0/16'))
    const fresh = list(namespace)
    for (const [i, state] of states.entries()) {
      if (i > 0) nft(updateScript('t', 'ip', states[i - 1]!, state))
    }
    assert.equal(list(namespace), fresh)
  } finally {
    spawnSync('ip', ['netns', 'delete', namespace])
  }
})

function list(namespace: string): string {
  return spawnSync('ip', ['netns', 'exec', namespace, 'nft', 'list', 'ruleset'], {
    encoding: 'utf8',
  }).stdout
}
