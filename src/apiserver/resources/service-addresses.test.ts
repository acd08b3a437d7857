import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Service } from '../../api/core/v1/service.ts'
import { IPAddress } from '../../api/networking/v1/ip-address.ts'
import { systemClock } from '../../base/clock.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/random.ts'
import { createClient } from '../../client/create-client.ts'
import { createInformers } from '../../client/shared-informers.ts'
import { DEFAULT_RANGES } from './services.ts'
import { startTestServer } from '../testing.node.ts'
import { ServiceAddresses } from './service-addresses.ts'
import { ServiceRanges } from './service-ranges.ts'

test('ServiceAddresses.release() leaves a Service the address that it holds, however that is spelled', async () => {
  const serviceRanges = { ...DEFAULT_RANGES, cidrs: ['fd00::/112'] }
  await using api = await startTestServer({ serviceRanges })
  const client = createClient(api.transport)
  await using informers = createInformers({
    client,
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
  })
  const known = informers.informer(IPAddress)
  const addresses = new ServiceAddresses({
    client,
    known,
    ranges: new ServiceRanges(() => [], client),
  })
  const service = await client.create(Service, {
    metadata: { namespace: 'default', name: 'a' },
    spec: { clusterIP: 'fd00::9', ports: [{ port: 80 }] },
  })
  await addresses.release(service, 'fd00::0009')
  assert.equal((await client.get(IPAddress, { name: 'fd00::9' })).spec.parentRef.name, 'a')
})
