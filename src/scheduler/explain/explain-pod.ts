import { Node } from '../../api/core/v1/node.ts'
import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { createInformers } from '../../client/shared-informers.ts'
import { ClusterCache } from '../cache/cluster-cache.ts'
import { commonKnowledge } from '../common-knowledge.ts'
import { Nominator } from '../cycle/nominator.ts'
import { DEFAULT_SETTINGS } from '../config/default-settings.ts'
import type { SchedulerSettings } from '../config/scheduler-settings.ts'
import { profileParts } from '../default-plugins.ts'
import { createExtender } from '../extender/extender.ts'
import type { Handle } from '../framework/handle.ts'
import { Profile } from '../framework/profile.ts'
import { namespaceLabels } from '../namespace-labels.ts'
import { servedInformers } from '../served-informers.ts'
import type { SchedulerChoice } from '../start-scheduler.ts'
import { explain, type Explanation } from './explain.ts'

const NEVER = new AbortController().signal // What explains takes no time.

type Options = Pick<Handle, 'client' | 'clock' | 'random' | 'logger'> &
  Pick<SchedulerChoice, 'settings' | 'features' | 'served'>

/** Puts a Pod to the checks of the scheduler that these settings describe, on the cluster as it is now. Changes nothing. */
export async function explainPod(pod: Pod, options: Options): Promise<Explanation> {
  const { settings = DEFAULT_SETTINGS, served = [] } = options
  const { schedulerName } = pod.spec
  const chosen = settings.profiles.find((each) => each.schedulerName === schedulerName)
  if (!chosen) return notOurs(pod)
  await using all = createInformers(options)
  const informers = servedInformers(all, served)
  const [nodes, pods] = [informers.informer(Node), informers.informer(Pod)]
  const cache = new ClusterCache()
  const handle: Handle = {
    ...options,
    ...commonKnowledge(informers, options),
    informers,
    signal: NEVER,
    nodes: cache,
    nominator: new Nominator(() => undefined),
    extenders: [],
    waitingPods: new Map(),
    tell: () => undefined,
    preempted: () => undefined,
    activate: () => undefined,
  }
  const profile = new Profile(schedulerName, profileParts(handle, chosen))
  const { labelsOf } = namespaceLabels(informers)
  informers.start()
  await informers.waitForSync()
  for (const node of nodes.cache.list()) cache.setNode(node)
  for (const other of pods.cache.list()) {
    if (other.spec.nodeName && !isPodTerminal(other)) cache.setPod(other)
  }
  return { ...explain(pod, profile, cache, labelsOf), extenders: extendersFor(pod, settings) }
}

function notOurs({ metadata: { namespace, name }, spec }: Pod): Explanation {
  const heldBack = `no profile of the scheduler is called "${spec.schedulerName}"`
  return { pod: `${namespace}/${name}`, heldBack, nodes: [] }
}

/** Those that may still say no to a node. They are not asked: who looks changes nothing anywhere. */
function extendersFor(pod: Pod, { extenders }: SchedulerSettings): readonly string[] {
  return extenders
    .map((config) => createExtender(config, notAsked))
    .filter((each) => each.filter && each.isInterested(pod))
    .map(({ name }) => name)
}

const notAsked = (): Promise<never> => Promise.reject(new Error('extenders are not asked'))
