import type { SharedInformers } from '../client/shared-informers.ts'
import type { Handle } from './framework/handle.ts'
import { optionalKinds, standsForResources, type ServedChoice } from './optional-kinds.ts'
import { trackClaims, type ClaimTracker } from './plugins/dynamic-resources/claim-tracker.ts'
import { deviceClasses } from './plugins/dynamic-resources/device-classes.ts'
import { AssumedVolumes } from './plugins/volume-binding/assumed-volumes.ts'

type CommonKnowledge = Pick<
  Handle,
  'claimTracker' | 'assumedVolumes' | 'deviceClasses' | 'taintRules' | 'podGroups'
>

/** What the plugins of all profiles know together of a cluster. */
export function commonKnowledge(informers: SharedInformers, choice: ServedChoice): CommonKnowledge {
  let claims: ClaimTracker | undefined
  return {
    ...optionalKinds(choice),
    claimTracker: () => (claims ??= trackClaims(informers)),
    assumedVolumes: new AssumedVolumes(),
    deviceClasses: () => deviceClasses(informers, standsForResources(choice)),
  }
}
