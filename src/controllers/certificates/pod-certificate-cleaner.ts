import type { PodCertificateRequest } from '../../api/certificates/v1beta1/pod-certificate-request.ts'
import { controller, done, requeueAfter, type Controller } from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { unlessGone } from '../common/unless-gone.ts'

// All that a request is for is over sooner.
const AGE_MS_MAX = 900_000

/** Removes PodCertificateRequests that are a quarter of an hour old (KEP-4317). */
export function podCertificateCleaner(type: ResourceClass<PodCertificateRequest>): Controller {
  return controller<PodCertificateRequest>('podcertificaterequest-cleaner-controller', {
    for: type,
    changed: () => false,

    async reconcile({ metadata }, { client, clock }) {
      const waitMs = Date.parse(metadata.creationTimestamp) + AGE_MS_MAX - clock.now()
      if (waitMs > 0) return requeueAfter(waitMs)
      await unlessGone(client.delete(type, metadata, { preconditions: { uid: metadata.uid } }))
      return done
    },
  })
}
