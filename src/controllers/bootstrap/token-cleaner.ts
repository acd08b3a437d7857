import { BOOTSTRAP_TOKEN_TYPE, bootstrapTokenFrom } from '../../api/core/v1/bootstrap-token.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import { isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import { controller, done, requeueAfter, type Controller } from '../../controller-runtime/index.ts'

/** Removes bootstrap tokens that have expired. */
export const tokenCleaner: Controller = controller<Secret>('token-cleaner-controller', {
  for: Secret,

  async reconcile(secret, { client, clock, logger }) {
    const { type, metadata } = secret
    if (type !== BOOTSTRAP_TOKEN_TYPE || metadata.namespace !== 'kube-system') return done
    const { expiration, isExpired } = bootstrapTokenFrom(secret)
    if (expiration === undefined) return done
    if (!isExpired(clock.now())) return requeueAfter(Date.parse(expiration) - clock.now())
    logger.info('Deleting expired secret', { secret: metadata.name })
    try {
      await client.delete(Secret, metadata, { preconditions: { uid: metadata.uid } })
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error
    }
    return done
  },
})
