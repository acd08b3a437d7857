import { quantityMilliValue, quantityValue } from '../../schema/quantity.ts'
import { parseCpuSet } from '../cpus/cpu-set.ts'
import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import type { Signal } from '../eviction/signals.ts'
import { amountOf, thresholdsOf } from '../eviction/thresholds.ts'
import type { Machine } from './machine.ts'

/** What of the machine Pods are not promised. */
export interface Reservations {
  readonly cpuMilli: number
  readonly memoryBytes: number
  readonly diskBytes: number
}

/**
 * What the machine's programs and this agent need, and what must stay free lest Pods are evicted. See
 * https://kubernetes.io/docs/tasks/administer-cluster/reserve-compute-resources/#node-allocatable
 */
export function reservationsOf(
  configuration: KubeletConfiguration,
  { memoryBytes, diskBytes }: Pick<Machine, 'memoryBytes' | 'diskBytes'>,
): Reservations {
  const { kubeReserved = {}, systemReserved = {}, reservedSystemCPUs } = configuration
  const both = (name: string, read: (text: string | undefined) => number): number =>
    read(kubeReserved[name]) + read(systemReserved[name])
  const hard = (signal: Signal, capacity: number): number => {
    const found = thresholdsOf(configuration).find((each) => each.isHard && each.signal === signal)
    return found ? amountOf(found.value, { available: capacity, capacity }) : 0
  }
  return {
    cpuMilli: reservedSystemCPUs
      ? parseCpuSet(reservedSystemCPUs).length * 1000
      : both('cpu', quantityMilliValue),
    memoryBytes: both('memory', quantityValue) + hard('memory.available', memoryBytes),
    diskBytes: both('ephemeral-storage', quantityValue) + hard('nodefs.available', diskBytes),
  }
}
