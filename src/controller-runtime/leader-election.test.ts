import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Lease } from '../api/coordination/v1/lease.ts'
import { testApiServer } from '../apiserver/testing.ts'
import { silentLogger } from '../base/logger.ts'
import { seededRandom } from '../base/random.ts'
import { virtualClock } from '../base/virtual-clock.node.ts'
import type { Client } from '../client/client.ts'
import { createClient } from '../client/create-client.ts'
import { runElected } from './leader-election.ts'

const lease = { namespace: 'kube-system', name: 'manager' }

async function setUp() {
  const clock = virtualClock()
  const server = await testApiServer({ clock })
  const client = createClient(server.transport)
  const seen: string[] = []

  /** A candidate whose connection can be cut. */
  function stand(identity: string, seed: number) {
    const abort = new AbortController()
    let cut = false
    const own: Client = createClient({
      call: (request, options) => {
        if (cut) return Promise.reject(new Error('cut off'))
        return server.transport.call(request, options)
      },
      watch: (request, options) => server.transport.watch(request, options),
    })
    const lead = async (signal: AbortSignal): Promise<void> => {
      seen.push(`${identity} leads`)
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve)
      })
      seen.push(`${identity} stops`)
    }
    const random = seededRandom(seed)
    const options = { client: own, clock, random, logger: silentLogger, lease, identity }
    const ended = runElected(options, lead, { signal: abort.signal })
    return {
      cutOff: (value: boolean) => (cut = value),
      stop: async () => {
        abort.abort()
        await ended
      },
    }
  }
  const [a, b] = [stand('a', 1), stand('b', 2)]
  return {
    a,
    b,
    clock,
    client,
    seen,
    async [Symbol.asyncDispose]() {
      await a.stop()
      await b.stop()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('runElected() has one candidate lead, and the next one when it stops', async () => {
  await using election = await setUp()
  const { clock, seen, client } = election
  await clock.advance(60_000)
  assert.deepEqual(seen, ['a leads'])
  assert.equal((await client.get(Lease, lease)).spec.holderIdentity, 'a')
  await election.a.stop()
  // A lease that was given back is taken at the next try, not after it has run out.
  await clock.advance(5_000)
  assert.deepEqual(seen, ['a leads', 'a stops', 'b leads'])
  const { spec } = await client.get(Lease, lease)
  assert.deepEqual([spec.holderIdentity, spec.leaseTransitions], ['b', 1])
})

test('runElected() steps down before anybody else can lead', async () => {
  await using election = await setUp()
  const { clock, seen } = election
  await clock.advance(10_000)
  election.a.cutOff(true)
  await clock.advance(12_000)
  assert.deepEqual(seen, ['a leads', 'a stops'])
  await clock.advance(10_000)
  assert.deepEqual(seen, ['a leads', 'a stops', 'b leads'])
  election.a.cutOff(false)
  await clock.advance(60_000)
  assert.equal(seen.length, 3)
})
