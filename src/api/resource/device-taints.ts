import { toleratesTaint } from '../core/v1/tolerations.ts'
import type { DeviceToleration } from './v1/common.ts'
import type { DeviceTaint, ResourceSlice } from './v1/resource-slice.ts'
import type { DeviceTaintRule, DeviceTaintRuleSpec } from './v1alpha3/device-taint-rule.ts'

/** Whether a toleration covers a taint of a device (KEP-5055): as with nodes. */
export function toleratesDeviceTaint(
  { key, operator, value, effect }: DeviceToleration,
  taint: DeviceTaint,
): boolean {
  const toleration = {
    operator,
    ...(key !== undefined && { key }),
    ...(value !== undefined && { value }),
    ...(effect !== undefined && effect !== 'None' && { effect }),
  }
  return toleratesTaint(toleration, taint as Parameters<typeof toleratesTaint>[1])
}

/** Whether nothing keeps a claim off a device; taints that only inform never do. */
export function isDeviceTolerated(
  taints: readonly DeviceTaint[],
  tolerations: readonly DeviceToleration[],
): boolean {
  return taints.every(
    (taint) =>
      taint.effect === 'None' || tolerations.some((each) => toleratesDeviceTaint(each, taint)),
  )
}

/** The taints that rules add to a device. */
export function addedTaints(
  rules: readonly DeviceTaintRule[],
  driver: string,
  pool: string,
  device: string,
): readonly DeviceTaint[] {
  return rules
    .filter(({ spec }) => isTaintedBy(spec, driver, pool, device))
    .map(({ spec }) => spec.taint)
}

/** Of the slices of a pool those that count: older generations are about to go. */
export function newestSlices(slices: readonly ResourceSlice[]): readonly ResourceSlice[] {
  const newest = Math.max(...slices.map(({ spec }) => spec.pool.generation))
  return slices.filter(({ spec }) => spec.pool.generation === newest)
}

/** Whether a rule means a device. A rule without a selector means none, an empty selector all. */
function isTaintedBy(
  { deviceSelector: selector }: DeviceTaintRuleSpec,
  driver: string,
  pool: string,
  device: string,
): boolean {
  return (
    selector !== undefined &&
    (selector.driver ?? driver) === driver &&
    (selector.pool ?? pool) === pool &&
    (selector.device ?? device) === device
  )
}
