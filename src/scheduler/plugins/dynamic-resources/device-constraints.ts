import type { DeviceConstraint } from '../../../api/resource/v1/common.ts'
import type { ResourceClaim } from '../../../api/resource/v1/resource-claim.ts'
import type { Variant } from './device-requests.ts'
import { splitName } from './device-selectors.ts'
import type { PoolDevice } from './device-pools.ts'

/** Keeps track of whether the devices of a claim go together. */
export interface ConstraintState {
  /** Takes a device in; false, and nothing changes, where it does not go with the others. */
  add(variant: Variant, device: PoolDevice): boolean
  remove(variant: Variant, device: PoolDevice): void
}

/** The constraints of one claim. */
export function constraintsOf({ spec }: ResourceClaim): ConstraintState {
  const all = (spec.devices.constraints ?? []).map(constraint)
  return {
    add(variant, device) {
      for (const [i, each] of all.entries()) {
        if (each.add(variant, device)) continue
        for (const before of all.slice(0, i)) before.remove(variant, device)
        return false
      }
      return true
    },
    remove(variant, device) {
      for (const each of all) each.remove(variant, device)
    },
  }
}

function constraint({
  requests = [],
  matchAttribute,
  distinctAttribute,
}: DeviceConstraint): ConstraintState {
  const counts = new Map<string, number>()
  const attribute = matchAttribute ?? distinctAttribute ?? ''
  const concerns = ({ name, requestName }: Variant): boolean =>
    requests.length === 0 || requests.includes(name) || requests.includes(requestName)
  return {
    add(variant, device) {
      if (!concerns(variant)) return true
      const value = attributeOf(device, attribute)
      if (value === undefined) return false
      const goes = matchAttribute === undefined ? !counts.has(value) : isAlone(counts, value)
      if (goes) counts.set(value, (counts.get(value) ?? 0) + 1)
      return goes
    },
    remove(variant, device) {
      const value = concerns(variant) ? attributeOf(device, attribute) : undefined
      const count = value === undefined ? undefined : counts.get(value)
      if (value === undefined || count === undefined) return
      if (count > 1) counts.set(value, count - 1)
      else counts.delete(value)
    },
  }
}

function isAlone(counts: ReadonlyMap<string, number>, value: string): boolean {
  return counts.size === 0 || counts.has(value)
}

/** The value with its type, as a text. A name within the driver's domain may be written without it. */
function attributeOf({ device, driver }: PoolDevice, attribute: string): string | undefined {
  const { attributes = {} } = device
  const [domain, name] = splitName(attribute, driver)
  const found = attributes[attribute] ?? (domain === driver ? attributes[name] : undefined)
  return found && JSON.stringify(found)
}
