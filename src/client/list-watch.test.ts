import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { badRequest, resourceExpired, serviceUnavailable } from '../apimachinery/status-error.ts'
import type { WatchEvent } from './client.ts'
import { initialState, step, type ListWatchInput, type ListWatchStep } from './list-watch.ts'

interface Thing {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
}

const thing = (name: string, resourceVersion: string): Thing => ({
  metadata: { name, resourceVersion },
})
const event = (type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Thing): ListWatchInput<Thing> => ({
  type: 'event',
  event: { type, object },
})
const bookmark = (resourceVersion: string, initialEventsEnd = false): ListWatchInput<Thing> => {
  const bookmarked: WatchEvent<Thing> = { type: 'BOOKMARK', resourceVersion, initialEventsEnd }
  return { type: 'event', event: bookmarked }
}

/** All steps that `inputs` lead to. */
function play(inputs: readonly ListWatchInput<Thing>[], state = initialState<Thing>()) {
  const steps: ListWatchStep<Thing>[] = []
  for (const input of inputs) {
    steps.push(step(state, input))
    state = steps.at(-1)!.state
  }
  return steps
}

const watching = play([{ type: 'start' }, bookmark('5', true)]).at(-1)!.state

test('step() gathers a streaming list until its bookmark, then follows the same watch', () => {
  const steps = play([
    { type: 'start' },
    event('ADDED', thing('a', '1')),
    event('ADDED', thing('b', '2')),
    event('MODIFIED', thing('a', '3')),
    event('DELETED', thing('b', '4')),
    bookmark('4', true),
    event('ADDED', thing('c', '5')),
    bookmark('9'),
  ])
  assert.deepEqual(
    steps.map(({ ask }) => ask?.type),
    ['stream', ...Array<undefined>(7)],
  )
  assert.deepEqual(
    steps.flatMap(({ change }) => change ?? []),
    [
      { type: 'replace', objects: [thing('a', '3')], resourceVersion: '4' },
      { type: 'put', object: thing('c', '5'), resourceVersion: '5' },
      { type: 'progress', resourceVersion: '9' },
    ],
  )
})

test('step() lists in pages where the server has no streaming lists', () => {
  const steps = play([
    { type: 'start' },
    { type: 'failed', error: badRequest('sendInitialEvents is forbidden') },
    { type: 'page', page: { items: [thing('a', '1')], resourceVersion: '7', continue: 'more' } },
    { type: 'page', page: { items: [thing('b', '2')], resourceVersion: '7' } },
  ])
  assert.deepEqual(
    steps.map(({ ask }) => ask),
    [
      { type: 'stream' },
      { type: 'list' },
      { type: 'list', continue: 'more' },
      { type: 'watch', resourceVersion: '7' },
    ],
  )
  assert.deepEqual(steps.at(-1)?.change, {
    type: 'replace',
    objects: [thing('a', '1'), thing('b', '2')],
    resourceVersion: '7',
  })
})

test('step() resumes a watch that ended from the last resourceVersion', () => {
  const steps = play(
    [event('DELETED', thing('a', '8')), { type: 'ended', livedMs: 300_000 }],
    watching,
  )
  assert.deepEqual(steps[1]?.ask, { type: 'watch', resourceVersion: '8' })
})

test('step() backs off longer with each failure, and forgets them at the next event', () => {
  const failed: ListWatchInput<Thing> = { type: 'failed', error: serviceUnavailable('busy') }
  const steps = play(
    [
      failed,
      { type: 'waited' },
      failed,
      { type: 'waited' },
      event('ADDED', thing('a', '6')),
      failed,
    ],
    watching,
  )
  assert.deepEqual(
    steps.flatMap(({ ask }) => ask ?? []),
    [
      { type: 'wait', failures: 1 },
      { type: 'watch', resourceVersion: '5' },
      { type: 'wait', failures: 2 },
      { type: 'watch', resourceVersion: '5' },
      { type: 'wait', failures: 1 },
    ],
  )
})

test('step() backs off where watches end at once without an event', () => {
  const [ended] = play([{ type: 'ended', livedMs: 3 }], watching)
  assert.deepEqual(ended?.ask, { type: 'wait', failures: 1 })
})

test('step() starts over after 410 Gone, and backs off when that does not help', () => {
  const gone: ListWatchInput<Thing> = { type: 'failed', error: resourceExpired('too old') }
  const [first, second, third] = play([gone, gone, { type: 'waited' }], watching)
  assert.deepEqual(first?.ask, { type: 'stream' })
  assert.deepEqual(second?.ask, { type: 'wait', failures: 2 })
  assert.deepEqual(third?.ask, { type: 'stream' })
})

test('step() starts a list over whose watch ends before its bookmark', () => {
  const steps = play([
    { type: 'start' },
    event('ADDED', thing('a', '1')),
    { type: 'ended', livedMs: 5000 },
    { type: 'waited' },
    bookmark('3', true),
  ])
  assert.deepEqual(steps.at(-1)?.change, { type: 'replace', objects: [], resourceVersion: '3' })
})
