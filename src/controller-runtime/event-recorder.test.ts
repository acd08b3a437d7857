import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Event } from '../api/core/v1/event.ts'
import { testApiServer } from '../apiserver/testing.ts'
import type { Logger } from '../base/logger.ts'
import { abortable } from '../base/async.ts'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { createClient } from '../client/create-client.ts'
import type { Transport } from '../client/transport.ts'
import { createEventRecorder } from './event-recorder.ts'

/** A recorder whose requests fail to reach the server while `isCut()`, or get no answer while `isSilent()`; and what it logs as a warning. */
async function setUp(isCut: () => boolean = () => false, isSilent: () => boolean = () => false) {
  const clock = virtualClock()
  const server = await testApiServer({ clock })
  const transport: Transport = {
    ...server.transport,
    async call(...call) {
      if (isCut()) throw new Error('connection refused')
      if (isSilent()) await abortable(new Promise(() => undefined), call[1]?.signal)
      return server.transport.call(...call)
    },
  }
  const warnings: string[] = []
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message) => void warnings.push(message),
    error: () => undefined,
    child: () => logger,
  }
  const client = createClient(server.transport)
  const recorderOf = (component: string) =>
    createEventRecorder({ client: createClient(transport), clock, logger, component })
  const messages = async () => (await client.list(Event)).items.map(({ message }) => message)
  return {
    clock,
    recorder: recorderOf('test'),
    recorderOf,
    warnings,
    messages,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const about = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name, uid: name },
})

test('an event that does not reach the server is tried again', async () => {
  let isCut = true
  await using set = await setUp(() => isCut)
  set.recorder.normal(about('a'), 'Tested', 'hello')
  await set.clock.advance(25_000)
  assert.deepEqual(await set.messages(), [])
  isCut = false
  await set.clock.advance(10_000)
  assert.deepEqual(await set.messages(), ['hello'])
  assert.deepEqual(set.warnings, [])
})

test('recorders that tell of an object at the same time lose nothing', async () => {
  await using set = await setUp()
  const others = ['a', 'b'].map((component) => set.recorderOf(component))
  for (const recorder of others)
    for (const i of [1, 2]) recorder.normal(about('shared'), `Tested${i}`, 'hello')
  await Promise.all(others.map((recorder) => recorder.flush()))
  assert.equal((await set.messages()).length, 4)
})

test('an event is given up after twelve attempts, and that is told', async () => {
  await using set = await setUp(() => true)
  set.recorder.normal(about('a'), 'Tested', 'hello')
  await set.clock.advance(109_000)
  assert.deepEqual(set.warnings, [])
  await set.clock.advance(2000)
  assert.deepEqual(set.warnings, ['Cannot write an event, and gives up'])
})

test('events that find too many before them are dropped, and that is told', async () => {
  await using set = await setUp()
  for (let i = 0; i < 1100; i += 1) set.recorder.normal(about(`p${i}`), 'Tested', 'hello')
  await set.recorder.flush()
  assert.equal((await set.messages()).length, 1000 + 1) // One was on its way already.
  assert.deepEqual(set.warnings, ['Events were dropped: too many waited to be written'])
})

test('flush() does not wait for a server that is not there', async () => {
  await using set = await setUp(() => true)
  for (const name of ['a', 'b']) set.recorder.normal(about(name), 'Tested', 'hello')
  await set.clock.advance(1000)
  await set.recorder.flush()
  assert.equal(set.warnings.length, 2)
})

test('flush() drops what waits behind a server that does not answer', async () => {
  await using set = await setUp(
    () => false,
    () => true,
  )
  for (let i = 0; i < 100; i += 1) set.recorder.normal(about(`p${i}`), 'Tested', 'hello')
  const flushed = set.recorder.flush()
  await set.clock.advance(5000)
  await flushed
  assert.deepEqual(set.warnings, [
    'Cannot write an event, and gives up',
    'Events were dropped: the server cannot be reached',
  ])
})
