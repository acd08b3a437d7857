import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { nodeUsages } from './node-usages.ts'
import { parseSample, type Sample } from './sample.ts'
import { usageBetween } from './usage-between.ts'

const page = (cpu: number, at = '') => `# HELP node_cpu_usage_seconds_total Cumulative
# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total ${cpu * 10}${at}
node_memory_working_set_bytes 1.048576e+06${at}
container_cpu_usage_seconds_total{container="c",namespace="ns",pod="p"} ${cpu}${at}
container_memory_working_set_bytes{container="c",namespace="ns",pod="p"} 2049${at}
container_start_time_seconds{container="c",namespace="ns",pod="p"} 100${at}
pod_cpu_usage_seconds_total{namespace="ns",pod="p"} ${cpu}${at}
`

test('parseSample() reads what a node has counted, and when', () => {
  const counts = { cpuSeconds: 2, memoryBytes: 2049, startedSeconds: 100 }
  assert.deepEqual(parseSample(page(2), 5000), {
    atMs: 5000,
    node: { cpuSeconds: 20, memoryBytes: 2 ** 20 },
    pods: new Map([['ns/p', new Map([['c', counts]])]]),
  } satisfies Sample)
  assert.equal(parseSample(page(2, ' 4321'), 5000).atMs, 4321)
})

test('usageBetween() tells how fast counters rise', () => {
  const usage = usageBetween(parseSample(page(2), 200_000), parseSample(page(5), 210_000))
  assert.deepEqual(usage, {
    atMs: 210_000,
    windowMs: 10_000,
    node: { cpu: '3000000000n', memory: '1024Ki' },
    pods: new Map([['ns/p', new Map([['c', { cpu: '300000000n', memory: '3Ki' }]])]]),
  })
})

test('usageBetween() counts the whole life of what began since, and leaves out what it knows no beginning of', () => {
  const [before, began] = [parseSample('', 99_500), parseSample(page(5), 110_000)]
  const cpu = usageBetween(before, began).pods.get('ns/p')?.get('c')?.['cpu']
  assert.equal(cpu, '500000000n')
  assert.equal(usageBetween(parseSample('', 105_000), began).pods.size, 0)
})

test('nodeUsages() looks twice at first, then once, and not at all where an answer is fresh', async () => {
  const clock = virtualClock()
  let looks = 0
  const usages = nodeUsages({
    clock,
    scrape: async () => parseSample(page((looks += 1)), clock.now()),
  })
  const cores = async (): Promise<string | undefined> => {
    const asked = Promise.all([usages.of('n'), usages.of('n')])
    await clock.advance(1000)
    return (await asked)[0].node?.['cpu']
  }
  assert.deepEqual([await cores(), looks], ['10000000000n', 2])
  assert.deepEqual([await cores(), looks], ['10000000000n', 2])
  await clock.advance(19_000)
  assert.deepEqual([await cores(), looks], ['500000000n', 3])
  await clock.advance(120_000)
  assert.deepEqual([await cores(), looks], ['10000000000n', 5])
})

test('nodeUsages() gives up a node that does not answer, and asks it again the next time', async () => {
  const clock = virtualClock()
  let looks = 0
  const usages = nodeUsages({
    clock,
    scrape(_, signal) {
      looks += 1
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
    },
  })
  for (const expected of [1, 2]) {
    const asked = assert.rejects(usages.of('n'), /node n is too slow/)
    await clock.advance(10_000)
    await asked
    assert.equal(looks, expected)
  }
})
