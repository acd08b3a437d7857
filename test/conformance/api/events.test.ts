import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import type { Wire } from '../rest.node.ts'
import { suite } from '../suite.node.ts'

const EVENT_TIME = '2026-01-01T00:00:00.123456Z'
const SERIES_TIME = '2026-01-01T00:00:05.000000Z'

describe('Events', () => {
  const api = suite()

  conformance(
    '[sig-instrumentation] Events should manage the lifecycle of an event [Conformance]',
    async () => {
      const events = `${await api.namespace('core-events')}/events`
      const selector = 'labelSelector=testevent-constant%3Dtrue'
      await api.rest.post(
        events,
        coreEvent('event-test', 'core-events', { 'testevent-constant': 'true' }),
      )
      const everywhere = await api.rest.get(`/api/v1/events?${selector}`)
      assert.deepEqual(names(everywhere), ['event-test'])

      const message = 'This is a test event - patched'
      await api.rest.patch(`${events}/event-test`, { message })
      const patched = await api.rest.get(`${events}/event-test`)
      assert.equal(patched['message'], message)
      const series = { count: 100, lastObservedTime: SERIES_TIME }
      await api.rest.put(`${events}/event-test`, { ...patched, series })
      assert.deepEqual((await api.rest.get(`${events}/event-test`))['series'], series)

      await api.rest.delete(`${events}/event-test`)
      assert.deepEqual(names(await api.rest.get(`/api/v1/events?${selector}`)), [])
    },
  )

  conformance(
    '[sig-instrumentation] Events should delete a collection of events [Conformance]',
    async () => {
      const events = `${await api.namespace('core-event-sets')}/events`
      const labels = { 'testevent-set': 'true' }
      const all = ['test-event-1', 'test-event-2', 'test-event-3']
      for (const name of all)
        await api.rest.post(events, coreEvent(name, 'core-event-sets', labels))
      const selector = 'labelSelector=testevent-set%3Dtrue'
      assert.deepEqual(names(await api.rest.get(`${events}?${selector}`)), all)
      await api.rest.delete(`${events}?${selector}`)
      assert.deepEqual(names(await api.rest.get(`${events}?${selector}`)), [])
    },
  )

  conformance(
    '[sig-instrumentation] Events API should ensure that an event can be fetched, patched, deleted, and listed [Conformance]',
    async () => {
      await api.namespace('new-events')
      const events = '/apis/events.k8s.io/v1/namespaces/new-events/events'
      await api.rest.post(events, newEvent('event-test', 'new-events'))
      const everywhere = await api.rest.get('/apis/events.k8s.io/v1/events')
      assert.ok(names(everywhere).includes('event-test'))
      const named = `${events}?fieldSelector=reportingController%3Dtest-controller`
      assert.deepEqual(names(await api.rest.get(named)), ['event-test'])
      const core = '/api/v1/namespaces/new-events/events?fieldSelector=source%3Dtest-controller'
      assert.deepEqual(names(await api.rest.get(core)), ['event-test'])
      const foreign = `${events}?fieldSelector=involvedObject.name%3Dx`
      assert.equal((await api.rest.call('GET', foreign)).status, 400)

      const note = 'This is a test event - patched'
      await api.rest.patch(
        `${events}/event-test`,
        { note },
        'application/strategic-merge-patch+json',
      )
      const patched = await api.rest.get(`${events}/event-test`)
      assert.equal(patched['note'], note)
      assert.equal(patched['eventTime'], EVENT_TIME)
      const series = { count: 2, lastObservedTime: SERIES_TIME }
      await api.rest.put(`${events}/event-test`, { ...patched, series })
      assert.deepEqual((await api.rest.get(`${events}/event-test`))['series'], series)

      await api.rest.delete(`${events}/event-test`)
      assert.deepEqual(names(await api.rest.get(events)), [])
    },
  )

  conformance(
    '[sig-instrumentation] Events API should delete a collection of events [Conformance]',
    async () => {
      await api.namespace('new-event-sets')
      const events = '/apis/events.k8s.io/v1/namespaces/new-event-sets/events'
      const labels = { 'testevent-set': 'true' }
      const all = ['test-event-1', 'test-event-2', 'test-event-3']
      for (const name of all) await api.rest.post(events, newEvent(name, 'new-event-sets', labels))
      const selector = 'labelSelector=testevent-set%3Dtrue'
      assert.deepEqual(names(await api.rest.get(`${events}?${selector}`)), all)
      await api.rest.delete(`${events}?${selector}`)
      assert.deepEqual(names(await api.rest.get(`${events}?${selector}`)), [])
    },
  )
})

type Labels = Readonly<Record<string, string>>

function names({ items = [] }: Wire): readonly string[] {
  return items.map(({ metadata }) => metadata.name)
}

function coreEvent(name: string, namespace: string, labels: Labels): object {
  return {
    metadata: { name, labels },
    message: 'This is a test event',
    reason: 'Test',
    type: 'Normal',
    count: 1,
    involvedObject: { namespace },
  }
}

function newEvent(name: string, namespace: string, labels: Labels = {}): object {
  return {
    metadata: { name, labels },
    regarding: { namespace },
    eventTime: EVENT_TIME,
    note: 'This is a test event',
    reason: 'Test',
    action: 'Do',
    type: 'Normal',
    reportingController: 'test-controller',
    reportingInstance: 'test-node',
  }
}
