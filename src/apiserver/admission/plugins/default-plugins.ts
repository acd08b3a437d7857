import type { Clock } from '../../../base/clock.ts'
import type { Random } from '../../../base/random.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { AdmissionPlugin } from '../plugin.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { nodeRestriction } from './node-restriction.ts'
import { serviceAccountAdmission } from './service-account.ts'

export interface PluginOptions {
  readonly live: LiveObjects
  readonly clock: Clock
  readonly random: Random
  /** Whom tokens are for that name nobody. */
  readonly apiAudiences: readonly string[]
}

/** The admission plugins that are on by default, in the order in which Kubernetes asks them. */
export function defaultPlugins(options: PluginOptions): readonly AdmissionPlugin[] {
  const { live } = options
  return [namespaceLifecycle(live), serviceAccountAdmission(options), nodeRestriction(options)]
}
