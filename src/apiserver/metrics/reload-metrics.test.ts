import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { reloads } from './reload-metrics.ts'
import { serverMetrics } from './server-metrics.ts'

test('reloadMetrics() tells how often configurations were taken up, and when last', async () => {
  const clock = virtualClock({ startMs: 1000 })
  const metrics = serverMetrics()
  const authentication = reloads(clock)
  metrics.reloads({ authentication, authorization: reloads(clock) }, 'sha256:1')
  authentication.note('failure')
  await clock.advance(500)
  authentication.note('failure')
  const lines = (await metrics.set.text())
    .split('\n')
    .filter((line) => /^apiserver_.*reload/.test(line))
  const name = 'apiserver_authentication_config_controller_automatic_reload'
  const labels = '{status="failure",apiserver_id_hash="sha256:1"}'
  assert.deepEqual(lines.toSorted(), [
    `${name}_last_timestamp_seconds${labels} 1.5`,
    `${name}s_total${labels} 2`,
  ])
})
