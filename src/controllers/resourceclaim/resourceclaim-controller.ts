import type { Controller } from '../../controller-runtime/index.ts'
import { claimCleaner } from './free-claims.ts'
import { claimMaker } from './make-claims.ts'

/** Looks after ResourceClaims: makes those of Pods, and frees those that nobody uses. */
export const resourceClaimController: Controller = {
  name: 'resourceclaim-controller',
  eventSource: 'resource_claim',
  start(context) {
    const stack = new AsyncDisposableStack()
    stack.use(claimMaker.start(context))
    stack.use(claimCleaner.start(context))
    return stack
  },
}
