import type { Clock } from '../../base/clock.ts'
import type { MetricSet } from '../../base/metrics.ts'
import type { Random } from '../../base/random.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { Authorizer } from '../authorization/authorizer.ts'
import type { Pause } from '../base/pace.ts'
import type { LiveObjects } from '../live/live-objects.ts'
import type { Registry } from '../registry/registry.ts'
import type { WebhookCaller, WebhookUsers } from '../webhook-client/webhook-caller.ts'

/** What webhooks and policies work with. */
export interface AdmissionEnvironment {
  readonly live: LiveObjects
  readonly clock: Clock
  readonly random: Random
  readonly authorizers: readonly Authorizer[]
  /** All that is served; there once the server is. */
  readonly registry: () => Registry
  /** The built-in kinds that are served, where they are not those of Kubernetes' defaults. */
  readonly served?: readonly ResourceClass[] | undefined
  readonly webhooks?: WebhookCaller | undefined
  /** As whom they are called; as nobody where absent. */
  readonly webhookUsers?: WebhookUsers | undefined
  readonly metrics?: MetricSet | undefined
  /** Lets others have a turn in the middle of long work. */
  readonly pause?: Pause | undefined
}
