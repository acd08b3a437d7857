import type { Pod } from '../../api/core/v1/pod.ts'
import { formatQuantity, quantityValue } from '../../schema/quantity.ts'
import type { ContainerStats, PodStats } from '../stats/summary.ts'
import { SIGNALS, type Observations } from './signals.ts'
import { amountOf, type Threshold } from './thresholds.ts'

/** Why a Pod had to go, as its status and its event say it. */
export function evictionMessage(
  threshold: Threshold,
  observations: Observations,
  { spec }: Pick<Pod, 'spec'>,
  stats: PodStats | undefined,
): string {
  const { resource } = SIGNALS[threshold.signal]
  const observed = observations[threshold.signal]
  const isBytes = resource === 'memory' || resource === 'ephemeral-storage'
  const amounts = observed
    ? `Threshold quantity: ${text(amountOf(threshold.value, observed))}, available: ${text(observed.available, isBytes ? 'BinarySI' : 'DecimalSI')}. `
    : ''
  const name = resource === 'memory' ? 'memory' : 'ephemeral-storage'
  if (!isBytes) return `The node was low on resource: ${resource}. ${amounts}`
  const over = (stats?.containers ?? []).flatMap((container) => {
    const requests = spec.containers.find((each) => each.name === container.name)?.resources
      .requests
    const used = useOf(container, name)
    const request = requests?.[name] ?? '0'
    return used > quantityValue(request)
      ? [
          `Container ${container.name} was using ${text(used)}, request is ${request}, has larger consumption of ${name}. `,
        ]
      : []
  })
  return `The node was low on resource: ${resource}. ${amounts}${over.join('')}`
}

function useOf({ memory, rootfs, logs }: ContainerStats, name: string): number {
  if (name === 'memory') return memory?.workingSetBytes ?? 0
  return (rootfs?.usedBytes ?? 0) + (logs?.usedBytes ?? 0)
}

function text(amount: number, format: 'BinarySI' | 'DecimalSI' = 'BinarySI'): string {
  return formatQuantity({ nano: BigInt(Math.round(amount)) * 1_000_000_000n, format })
}
