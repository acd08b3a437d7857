import { formatQuantity, parseQuantity } from '../../../schema/quantity.ts'
import { withFields } from '../../change.ts'
import type { ResourceList } from './pod-resources.ts'

const MILLI = 1_000_000n // Billionths in a thousandth.

/** Amounts rounded up to thousandths, the finest that resources are counted in. */
export function roundUpToMilli(list: ResourceList): ResourceList {
  // In canonical form only these suffixes say anything finer.
  const isFine = Object.values(list).some((text) => /[nu]$/.test(text))
  if (!isFine) return list
  return Object.fromEntries(Object.entries(list).map(([name, text]) => [name, roundUp(text)]))
}

function roundUp(text: string): string {
  const quantity = parseQuantity(text)
  if (!quantity) return text
  const { nano } = quantity
  const rest = ((nano % MILLI) + MILLI) % MILLI
  return rest === 0n ? text : formatQuantity({ ...quantity, nano: nano - rest + MILLI })
}

interface Resources {
  readonly limits?: ResourceList
  readonly requests?: ResourceList
}

export function roundUpResources<R extends Resources>(resources: R): R {
  return withFields(resources as Resources, {
    limits: resources.limits && roundUpToMilli(resources.limits),
    requests: resources.requests && roundUpToMilli(resources.requests),
  }) as R
}
