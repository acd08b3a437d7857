import type { CapacityRequirements } from '../../../api/resource/v1/common.ts'
import type { DeviceCapacity } from '../../../api/resource/v1/resource-slice.ts'
import { formatQuantity } from '../../../schema/quantity.ts'
import { splitName } from './device-selectors.ts'
import { amountOf, type PoolDevice } from './device-pools.ts'

/** What a request takes of each capacity of a device, in billionths. */
export type Consumption = ReadonlyMap<string, bigint>

/**
 * What a request would take of a device that several may share (KEP-5075), or of one for itself; undefined where the
 * device has too little even when nobody else uses it.
 */
export function consumptionFor(
  required: CapacityRequirements | undefined,
  { device, driver }: PoolDevice,
): Consumption | undefined {
  const asked = new Map(
    Object.entries(required?.requests ?? {}).map(([name, amount]) => [
      splitName(name, driver).join('/'),
      amountOf(amount),
    ]),
  )
  const taken = new Map<string, bigint>()
  for (const [name, capacity] of Object.entries(device.capacity ?? {})) {
    const key = splitName(name, driver).join('/')
    const amount = rounded(asked.get(key), capacity)
    asked.delete(key)
    if (amount === undefined || amount > amountOf(capacity.value)) return undefined
    taken.set(name, amount)
  }
  return asked.size > 0 ? undefined : taken
}

/** What a request counts as by the device's policy; undefined where that allows no such amount. */
function rounded(
  asked: bigint | undefined,
  { value, requestPolicy }: DeviceCapacity,
): bigint | undefined {
  const { default: usual, validValues, validRange } = requestPolicy ?? {}
  if (asked === undefined) return amountOf(usual ?? value)
  if (validValues) return validValues.map(amountOf).find((each) => each >= asked)
  if (!validRange) return asked
  const { min, max, step } = validRange
  const least = amountOf(min)
  if (asked <= least) return least
  const by = step === undefined ? 0n : amountOf(step)
  const amount = by > 0n ? least + ((asked - least + by - 1n) / by) * by : asked
  return max !== undefined && amount > amountOf(max) ? undefined : amount
}

/** As it is told in the result of an allocation. */
export function consumedCapacity(consumption: Consumption): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...consumption].map(([name, nano]) => [name, formatQuantity({ nano, format: 'BinarySI' })]),
  )
}
