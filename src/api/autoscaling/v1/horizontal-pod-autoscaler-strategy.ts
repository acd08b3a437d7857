import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { toV2 } from '../v2/horizontal-pod-autoscaler-conversion.ts'
import { horizontalPodAutoscalerStrategy as v2 } from '../v2/horizontal-pod-autoscaler-strategy.ts'
import type { HorizontalPodAutoscaler as V2 } from '../v2/horizontal-pod-autoscaler.ts'
import { HorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts'

/** The rules of HorizontalPodAutoscalers of version 1: those of version 2, in its terms. */
export const horizontalPodAutoscalerStrategy: Strategy<HorizontalPodAutoscaler> = {
  ...preparation(HorizontalPodAutoscaler),
  validateCreate: (object) => v2.validateCreate(complete(object)),
  validateUpdate: (object, old) => v2.validateUpdate(complete(object), complete(old)),
  status: statusStrategy((object, old) =>
    v2.status!.validateUpdate(complete(object), complete(old)),
  ),
}

function complete(object: HorizontalPodAutoscaler): V2 {
  return v2.applyDefaults!(toV2(object))
}
