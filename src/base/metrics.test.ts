import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricSet } from './metrics.ts'

test('MetricSet writes counters, gauges and histograms as Prometheus reads them', async () => {
  const set = new MetricSet()
  const requests = set.counter({
    name: 'requests_total',
    help: 'Requests.',
    labels: ['verb', 'path'],
  })
  requests.with('GET', '/a"b\\').inc()
  requests.with('GET', '/a"b\\').inc(2)
  set.gauge({ name: 'watches', help: 'Watches.' }).with().set(1.5)
  const seconds = set.histogram({
    name: 'seconds',
    help: 'Time.',
    labels: ['verb'],
    buckets: [0.1, 1],
  })
  for (const value of [0.1, 0.5, 7]) seconds.with('GET').observe(value)
  set.counter({ name: 'unused_total', help: 'Never counted.', labels: ['x'] })
  assert.equal(
    await set.text(),
    String.raw`# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{verb="GET",path="/a\"b\\"} 3
# HELP watches Watches.
# TYPE watches gauge
watches 1.5
# HELP seconds Time.
# TYPE seconds histogram
seconds_bucket{verb="GET",le="0.1"} 1
seconds_bucket{verb="GET",le="1"} 2
seconds_bucket{verb="GET",le="+Inf"} 3
seconds_sum{verb="GET"} 7.6
seconds_count{verb="GET"} 3
`,
  )
})

test('MetricSet asks for values when it is read, and refuses a name twice', async () => {
  const set = new MetricSet()
  const gauge = set.gauge({ name: 'objects', help: 'Objects.', labels: ['resource'] })
  let count = 0
  set.onCollect(() => gauge.with('pods').set(++count))
  assert.match(await set.text(), /objects\{resource="pods"\} 1\n/)
  assert.match(await set.text(), /objects\{resource="pods"\} 2\n/)
  assert.throws(() => set.gauge({ name: 'objects', help: '' }), /there already/)
})

test('MetricSet.text() lets others have a turn between its parts', async () => {
  const set = new MetricSet()
  for (const name of ['a', 'b', 'c']) set.counter({ name, help: name }).with().inc()
  set.onCollect(() => set.counter({ name: 'd', help: 'd' }).with().inc())
  let turns = 0
  const text = await set.text(() => {
    turns += 1
    return turns % 2 === 0 ? Promise.resolve() : undefined
  })
  assert.match(text, /^a 1$[^]*^b 1$[^]*^c 1$[^]*^d 1$/m)
  assert.equal(turns, 5)
})
