import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PressureStats, Summary } from '../stats/summary.ts'
import { cadvisorMetrics } from './cadvisor-metrics.ts'

const TIME = '2026-01-01T00:00:00Z'
const MACHINE = { cpus: 2, memoryBytes: 1024 } as Parameters<typeof cadvisorMetrics>[1]

test('cadvisorMetrics() tells what Pods and their containers wait for', async () => {
  const text = await cadvisorMetrics(summaryOf(pressure(3, 1)), MACHINE)
  for (const [name, container, value] of [
    ['cpu_waiting', '', 3],
    ['cpu_stalled', 'main', 1],
    ['io_waiting', 'main', 3],
  ])
    assert.ok(
      text.includes(
        `container_pressure_${name}_seconds_total{container="${container}",namespace="default",pod="web"} ${value}`,
      ),
      text,
    )
})

test('cadvisorMetrics() tells nothing of waiting where the kernel does not', async () => {
  const text = await cadvisorMetrics(summaryOf(undefined), MACHINE)
  assert.doesNotMatch(text, /^container_pressure_/m)
})

function pressure(someSeconds: number, fullSeconds: number): PressureStats {
  const data = (seconds: number) => ({ total: seconds * 1e9, avg10: 0, avg60: 0, avg300: 0 })
  return { some: data(someSeconds), full: data(fullSeconds) }
}

function summaryOf(psi: PressureStats | undefined): Summary {
  const used = {
    cpu: { time: TIME, ...(psi && { psi }) },
    memory: { time: TIME },
    ...(psi && { io: { time: TIME, psi } }),
  }
  const pods = [
    {
      podRef: { name: 'web', namespace: 'default', uid: 'uid' },
      startTime: TIME,
      containers: [{ name: 'main', startTime: TIME, ...used }],
      ...used,
    },
  ]
  return { pods } as unknown as Summary
}
