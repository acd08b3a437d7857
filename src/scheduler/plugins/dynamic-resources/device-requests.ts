import type {
  DeviceSubRequest,
  DeviceToleration,
  ExactDeviceRequest,
} from '../../../api/resource/v1/common.ts'
import type { DeviceClass } from '../../../api/resource/v1/device-class.ts'
import type { ResourceClaim } from '../../../api/resource/v1/resource-claim.ts'

/** One way to satisfy a request: what it asks for exactly, or one of its alternatives. */
export interface Variant {
  /** As results and constraints name it: `REQUEST` or `REQUEST/ALTERNATIVE`. */
  readonly name: string
  readonly requestName: string
  readonly asks: ExactDeviceRequest | DeviceSubRequest
  readonly deviceClass: DeviceClass
  readonly isAdmin: boolean
  readonly tolerations: readonly DeviceToleration[]
}

/** A request of a claim, with the ways to satisfy it, the best first. */
export interface OpenRequest {
  readonly claim: number
  readonly variants: readonly Variant[]
}

export type ClassLister = (name: string) => DeviceClass | undefined

/** The requests of claims; or why one cannot be satisfied, whatever devices there are, in upstream's words. */
export function openRequests(
  claims: readonly ResourceClaim[],
  classOf: ClassLister,
): { readonly requests: readonly OpenRequest[] } | { readonly problem: string } {
  const requests: OpenRequest[] = []
  for (const [claim, { spec }] of claims.entries()) {
    for (const { name, exactly, firstAvailable } of spec.devices.requests) {
      const asked = exactly
        ? [[name, exactly] as const]
        : (firstAvailable ?? []).map((each) => [`${name}/${each.name}`, each] as const)
      if (asked.length === 0) return { problem: `request ${name}: unsupported request type` }
      const variants: Variant[] = []
      for (const [full, asks] of asked) {
        const deviceClass = classOf(asks.deviceClassName)
        if (!deviceClass) {
          const problem = `request ${full}: device class ${asks.deviceClassName} does not exist`
          return { problem }
        }
        const isAdmin = 'adminAccess' in asks && (asks.adminAccess ?? false)
        const { tolerations = [] } = asks
        variants.push({ name: full, requestName: name, asks, deviceClass, isAdmin, tolerations })
      }
      requests.push({ claim, variants })
    }
  }
  return { requests }
}
