import { containersOf } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { effectiveSecurityContext } from '../containers/security-context.ts'
import type { Waiting } from './plan-types.ts'

/**
 * Why a node without AppArmor does not take a Pod: one that asks for a profile is not to run without.
 * See https://kubernetes.io/docs/tutorials/security/apparmor/
 */
export function appArmorRefusal(pod: Pod, hasAppArmor: boolean): Waiting | undefined {
  const isAsked = containersOf(pod.spec).some(([container]) => {
    const { appArmorProfile } = effectiveSecurityContext(pod, container)
    return appArmorProfile !== undefined && appArmorProfile.type !== 'Unconfined'
  })
  if (hasAppArmor || !isAsked) return undefined
  const message = 'Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host'
  return { reason: 'AppArmor', message }
}
