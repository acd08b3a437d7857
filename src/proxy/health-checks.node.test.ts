import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { eventually } from '../base/async-eventually.node.ts'
import { silentLogger } from '../base/logger.ts'
import { HealthChecks } from './health-checks.node.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}

const ask = (port: number, host = '127.0.0.1') =>
  fetch(`http://${host}:${port}/`).catch(() => undefined)

test('HealthChecks tell a load balancer whether this node has endpoints', async () => {
  let isHealthy = true
  await using checks = new HealthChecks(silentLogger, () => isHealthy)
  const health = { namespace: 'default', name: 'web', port: await freePort() }
  checks.set('default/web', { ...health, localEndpoints: 2 })
  const up = await eventually(() => ask(health.port))
  assert.equal(up.status, 200)
  assert.equal(up.headers.get('X-Load-Balancing-Endpoint-Weight'), '2')
  assert.deepEqual(await up.json(), {
    service: { namespace: 'default', name: 'web' },
    localEndpoints: 2,
    serviceProxyHealthy: true,
  })
  checks.set('default/web', { ...health, localEndpoints: 0 })
  assert.equal((await ask(health.port))?.status, 503)
  checks.set('default/web', { ...health, localEndpoints: 2 })
  isHealthy = false
  assert.equal((await ask(health.port))?.status, 503)

  checks.set('default/web', undefined)
  await eventually(async () => (await ask(health.port)) === undefined)
})

test('HealthChecks answer where node ports are open', async () => {
  const health = { namespace: 'default', name: 'web', localEndpoints: 1, port: await freePort() }
  await using checks = new HealthChecks(silentLogger, () => true, ['127.0.0.1/32', '192.0.2.0/24'])
  checks.set('default/web', health)
  await eventually(async () => (await ask(health.port))?.status === 200)
  assert.equal(await ask(health.port, '127.0.0.2'), undefined)
})
