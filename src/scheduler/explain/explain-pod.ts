import { Node } from '../../api/core/v1/node.ts'
import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { createInformers } from '../../client/shared-informers.ts'
import { ClusterCache } from '../cache/cluster-cache.ts'
import { Nominator } from '../cycle/nominator.ts'
import { DEFAULT_SETTINGS } from '../config/default-settings.ts'
import { profileParts } from '../default-plugins.ts'
import type { Handle } from '../framework/handle.ts'
import { Profile } from '../framework/profile.ts'
import { trackClaims, type ClaimTracker } from '../plugins/dynamic-resources/claim-tracker.ts'
import { AssumedVolumes } from '../plugins/volume-binding/assumed-volumes.ts'
import { explain, type Explanation } from './explain.ts'

const NEVER = new AbortController().signal // What explains takes no time.

type Options = Pick<Handle, 'client' | 'clock' | 'random' | 'logger'>

/** Puts a Pod to the scheduler's own checks, on the cluster as it is now. Changes nothing. */
export async function explainPod(pod: Pod, options: Options): Promise<Explanation> {
  await using informers = createInformers(options)
  const [nodes, pods] = [informers.informer(Node), informers.informer(Pod)]
  const cache = new ClusterCache()
  let claims: ClaimTracker | undefined
  const handle: Handle = {
    ...options,
    informers,
    signal: NEVER,
    nodes: cache,
    nominator: new Nominator(),
    extenders: [],
    claimTracker: () => (claims ??= trackClaims(informers)),
    assumedVolumes: new AssumedVolumes(),
    taintRules: undefined,
    podGroups: undefined,
    waitingPods: new Map(),
    tell: () => undefined,
    preempted: () => undefined,
    activate: () => undefined,
  }
  const profile = new Profile(
    pod.spec.schedulerName,
    profileParts(handle, DEFAULT_SETTINGS.profiles[0]!),
  )
  informers.start()
  await informers.waitForSync()
  for (const node of nodes.cache.list()) cache.setNode(node)
  for (const other of pods.cache.list()) {
    if (other.spec.nodeName && !isPodTerminal(other)) cache.setPod(other)
  }
  return explain(pod, profile, cache)
}
