import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { probeCounter, type ProbeVerdict } from './probe-counter.ts'
import { runProbe } from './run-probe.ts'
import type { ProbeOutcome } from './probe-check.ts'

test('probeCounter() changes its verdict after enough outcomes in a row', () => {
  const counter = probeCounter({ successThreshold: 2, failureThreshold: 3 }, 'failure')
  const add = (...outcomes: ProbeVerdict[]) => outcomes.map((each) => counter.add(each))
  assert.deepEqual(add('success', 'failure', 'success', 'success'), [false, false, false, true])
  assert.equal(counter.verdict, 'success')
  assert.deepEqual(add('failure', 'failure', 'success', 'failure', 'failure', 'failure'), [
    false,
    false,
    false,
    false,
    false,
    true,
  ])
  assert.equal(counter.verdict, 'failure')
})

test('runProbe() begins after the initial delay and goes on every period', async () => {
  const clock = virtualClock()
  const startMs = clock.now()
  const at: number[] = []
  const failures: string[] = []
  const outcomes: ProbeOutcome['result'][] = ['success', 'failure', 'failure', 'unknown']
  const probe = {
    initialDelaySeconds: 5,
    periodSeconds: 10,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold: 2,
  }
  const abort = new AbortController()
  const changes: (ProbeVerdict | undefined)[] = []
  const counter = probeCounter(probe)
  const running = runProbe(
    {
      clock,
      probe,
      counter,
      startedAtMs: startMs,
      async check() {
        at.push((clock.now() - startMs) / 1000)
        return { result: outcomes.shift() ?? 'unknown', message: 'because' }
      },
      failed: ({ result, message }) => failures.push(`${result} ${message}`),
      changed() {
        changes.push(counter.verdict)
        return false
      },
    },
    abort.signal,
  )
  await clock.advance(36_000)
  abort.abort()
  await running.catch(() => undefined)
  // What could not be checked is tried three times.
  assert.deepEqual(at, [5, 15, 25, 35, 35, 35])
  assert.deepEqual(failures, ['failure because', 'failure because', 'unknown because'])
  assert.deepEqual(changes, ['success', 'failure'])
})
