import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkFlags } from './check-flags.node.ts'
import { dataDirectory } from './data-directory.node.ts'
import { resolveFlags } from './flags.node.ts'

const directory = dataDirectory('/nowhere')
const check = (given: Readonly<Record<string, string>>): Promise<void> =>
  checkFlags(resolveFlags(given, directory), directory)

test('checkFlags() takes the defaults, and refuses each value that cannot be used as wrong use', async () => {
  await check({})
  await check({ controllers: '*,-ttl-controller' })
  const refused: Readonly<Record<string, string>> = {
    datastore: 'foo',
    etcdServers: 'foo',
    history: 'abc',
    serviceClusterIpRange: '10.0.0.0',
    clusterCidr: 'fd00::/48',
    featureGates: 'Nope=true',
    runtimeConfig: 'foo/v1=true',
    controllers: '*,-foo',
  }
  for (const [flag, value] of Object.entries(refused)) {
    await assert.rejects(check({ [flag]: value }), { name: 'UserError', exitCode: 2 }, flag)
  }
})
