import type { Logger } from '../../base/logger.ts'
import type { PodInfo } from '../cache/pod-info.ts'
import type { Extender } from '../extender/extender.ts'
import type { CycleState } from '../framework/cycle-state.ts'
import type { Profile } from '../framework/profile.ts'
import { failed, named, type Status } from '../framework/status.ts'

/** Reserves a node for a Pod with all plugins; `unreserve` undoes what they did where one refuses. */
export function reserve(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  nodeName: string,
): Status | undefined {
  return profile.observer.timed('Reserve', () => reserveAll(profile, state, pod, nodeName), itself)
}

function reserveAll(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  nodeName: string,
): Status | undefined {
  for (const plugin of profile.reservers) {
    const status = plugin.reserve?.(state, pod, nodeName)
    if (status) return named(status, plugin.name)
  }
  return undefined
}

const itself = (status: Status | undefined): Status | undefined => status

export function unreserve(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  nodeName: string,
): void {
  for (const plugin of profile.reservers.toReversed()) plugin.unreserve?.(state, pod, nodeName)
}

export interface BindOptions {
  /** Lets other Pods have their turn while a binding waits for somebody else. */
  readonly outside: <T>(wait: Promise<T>) => Promise<T>
  readonly extenders: readonly Extender[]
  readonly logger: Logger
}

/** PreBind, Bind and PostBind, one plugin after the other. */
export async function bind(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  nodeName: string,
  { outside, extenders, logger }: BindOptions,
): Promise<Status | undefined> {
  const { timed } = profile.observer
  const bindBySome = async (): Promise<Status | undefined> => {
    const isBound = await bindByExtender(extenders, pod, nodeName, logger)
    return isBound ? undefined : bindByOne(profile, state, pod, nodeName)
  }
  try {
    const prepare = () => preBindAll(profile, state, pod, nodeName, outside)
    const refused = await timed('PreBind', prepare, itself)
    if (refused) return refused
    const status = await timed('Bind', bindBySome, itself)
    if (!status) timed('PostBind', () => postBindAll(profile, state, pod, nodeName), itself)
    return status
  } catch (error) {
    return failed(error)
  }
}

/** Whether an extender has bound the Pod. Throws where one should, but cannot. */
async function bindByExtender(
  extenders: readonly Extender[],
  { pod }: PodInfo,
  nodeName: string,
  logger: Logger,
): Promise<boolean> {
  for (const extender of extenders) {
    if (!extender.bind || !extender.isInterested(pod)) continue
    try {
      await extender.bind(pod, nodeName)
      return true
    } catch (error) {
      if (!extender.isIgnorable) throw error
      logger.warn('Skipping extender in bind as it returned error and has ignorable flag set', {
        extender: extender.name,
        error,
      })
    }
  }
  return false
}

async function preBindAll(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  nodeName: string,
  outside: <T>(wait: Promise<T>) => Promise<T>,
): Promise<Status | undefined> {
  for (const plugin of profile.preBinders) {
    const work = plugin.preBind(state, pod, nodeName)
    const status = work && (await outside(work))
    if (status) return named(status, plugin.name)
  }
  return undefined
}

/** The first that does not leave it to the next binds the Pod. */
async function bindByOne(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  nodeName: string,
): Promise<Status | undefined> {
  for (const plugin of profile.binders) {
    const status = await plugin.bind(state, pod, nodeName)
    if (status?.code !== 'Skip') return status && named(status, plugin.name)
  }
  return failed(new Error('no bind plugin bound the pod'))
}

function postBindAll(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  nodeName: string,
): undefined {
  for (const plugin of profile.postBinders) plugin.postBind(state, pod, nodeName)
}
