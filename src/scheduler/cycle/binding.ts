import type { PodInfo } from '../cache/pod-info.ts'
import type { CycleState } from '../framework/cycle-state.ts'
import type { Profile } from '../framework/profile.ts'
import { failed, named, type Status } from '../framework/status.ts'

/** Reserves a node for a Pod with all plugins; undoes all of it where one refuses. */
export function reserve(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  nodeName: string,
): Status | undefined {
  for (const plugin of profile.reservers) {
    const status = plugin.reserve?.(state, pod, nodeName)
    if (!status) continue
    unreserve(profile, state, pod, nodeName)
    return named(status, plugin.name)
  }
  return undefined
}

export function unreserve(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  nodeName: string,
): void {
  for (const plugin of profile.reservers.toReversed()) plugin.unreserve?.(state, pod, nodeName)
}

/** PreBind, Bind and PostBind, one plugin after the other. */
export async function bind(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  nodeName: string,
  outside: <T>(wait: Promise<T>) => Promise<T>,
): Promise<Status | undefined> {
  try {
    for (const plugin of profile.preBinders) {
      const work = plugin.preBind(state, pod, nodeName)
      const status = work && (await outside(work))
      if (status) return named(status, plugin.name)
    }
    for (const plugin of profile.binders) {
      const status = await plugin.bind(state, pod, nodeName)
      if (status?.code === 'Skip') continue
      if (!status) for (const after of profile.postBinders) after.postBind(state, pod, nodeName)
      return status && named(status, plugin.name)
    }
    return failed(new Error('no bind plugin bound the pod'))
  } catch (error) {
    return failed(error)
  }
}
