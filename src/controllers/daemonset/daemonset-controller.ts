import { ControllerRevision } from '../../api/apps/v1/controller-revision.ts'
import { DaemonSet } from '../../api/apps/v1/daemon-set.ts'
import { Node } from '../../api/core/v1/node.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { equal } from '../../apimachinery/equality.ts'
import { selectorFrom, selectsEverything } from '../../apimachinery/labels.ts'
import { backoffMs } from '../../base/backoff.ts'
import {
  controller,
  done,
  firstFailure,
  requeueAfter,
  slowStart,
  watch,
  type Controller,
  type Pass,
} from '../../controller-runtime/index.ts'
import { adopters, claim } from '../common/claim.ts'
import {
  deleteRevisions,
  ensureRevision,
  ownRevisions,
  REVISION_HASH,
  RevisionCollisionError,
  surplusRevisions,
} from '../common/controller-revisions.ts'
import { createPod, deletePods } from '../common/pod-control.ts'
import { isOfRevision, planDaemons, podsByNode, type DaemonPlan } from './daemon-plan.ts'
import { daemonPod, placementOn, targetNode } from './daemon-pods.ts'
import { daemonStatus, msUntilAvailable } from './daemon-status.ts'
import { planUpdate, updateLimits } from './update-plan.ts'

const FAILED_BACKOFF = { baseMs: 1000, maxMs: 900_000 }

/** Runs one Pod of each DaemonSet on every node that it is meant for. */
export function daemonSetController(): Controller {
  const failures = new FailureBackoff()

  return controller<DaemonSet>('daemonset-controller', {
    for: DaemonSet,
    owns: [Pod, ControllerRevision],
    watches: [
      watch(Pod, (pod, cache) =>
        adopters(
          pod,
          () => cache.list(DaemonSet, { namespace: pod.metadata.namespace }),
          ({ spec }) => selectorFrom(spec.selector),
        ),
      ),
      watch(
        Node,
        (_, cache) => cache.list(DaemonSet).map(({ metadata }) => metadata),
        (after, before) =>
          !equal(after.metadata.labels, before.metadata.labels) ||
          !equal(after.spec.taints, before.spec.taints),
      ),
    ],

    async reconcile(daemonSet, pass) {
      const selector = selectorFrom(daemonSet.spec.selector)
      if (selectsEverything(selector)) {
        const message = 'This daemon set is selecting all pods. A non-empty selector is required.'
        pass.events.warning(daemonSet, 'SelectingAll', message)
        return done
      }
      if (daemonSet.metadata.deletionTimestamp !== undefined) return done
      const owner = [DaemonSet, daemonSet] as const
      const revisions = await ownRevisions(pass, owner, selector)
      const revision = await revisionOf(daemonSet, revisions, pass)
      if (!revision) return done
      const pods = await claim(pass, owner, Pod, selector)

      const placed = podsByNode(pass.cache.list(Node), pods)
      const { onNodes } = placed
      const hash = revision.metadata.labels?.[REVISION_HASH] ?? ''
      const nowMs = pass.clock.now()
      const desired = onNodes.filter(({ node }) => placementOn(daemonSet, node).run).length
      const limits = updateLimits(daemonSet, desired)
      const key = daemonSet.metadata.uid
      const isBackingOff = (node: string): boolean => failures.isBackingOff(`${key}/${node}`, nowMs)
      const context = { hash, surge: limits.surge, nowMs, isBackingOff }

      const plan = planDaemons(daemonSet, placed, context)
      tellEnded(daemonSet, plan, pass)
      for (const pod of plan.ended) {
        if (pod.status.phase === 'Failed') failures.add(`${key}/${targetNode(pod)}`, nowMs)
      }
      let failure = await carryOut(daemonSet, plan, hash, pass)
      const isSettled = plan.create.length === 0 && plan.remove.length === 0
      if (isSettled && daemonSet.spec.updateStrategy.type === 'RollingUpdate') {
        const update = planUpdate(daemonSet, onNodes, limits, context)
        failure = await carryOut(daemonSet, update, hash, pass)
      }
      const status = daemonStatus(daemonSet, onNodes, context)
      if (!equal(status, daemonSet.status)) {
        await pass.client.updateStatus(DaemonSet, { ...daemonSet, status })
      }
      await deleteRevisions(
        pass,
        surplusRevisions(revisions, daemonSet.spec.revisionHistoryLimit, (each) =>
          isLive(each, hash, pods),
        ),
      )
      if (failure) throw failure
      return requeueAfter(
        earliest(msUntilAvailable(daemonSet, onNodes, nowMs), failures.msUntilNext(key, nowMs)),
      )
    },

    async gone() {
      failures.prune()
      return done
    },
  })
}

/** The revision of the present template; undefined where its name is taken, which is counted for the next pass. */
async function revisionOf(
  daemonSet: DaemonSet,
  revisions: readonly ControllerRevision[],
  pass: Pass,
): Promise<ControllerRevision | undefined> {
  try {
    return await ensureRevision(pass, daemonSet, revisions)
  } catch (error) {
    if (!(error instanceof RevisionCollisionError)) throw error
    const { status } = daemonSet
    const collisionCount = (status.collisionCount ?? 0) + 1
    await pass.client.updateStatus(DaemonSet, {
      ...daemonSet,
      status: { ...status, collisionCount },
    })
    return undefined
  }
}

function isLive({ metadata }: ControllerRevision, current: string, pods: readonly Pod[]): boolean {
  const hash = metadata.labels?.[REVISION_HASH] ?? ''
  return hash === current || pods.some((pod) => isOfRevision(pod, hash))
}

function tellEnded(daemonSet: DaemonSet, { ended }: DaemonPlan, { events }: Pass): void {
  for (const pod of ended) {
    const { namespace, name } = pod.metadata
    const where = `pod ${namespace}/${name} on node ${targetNode(pod)}`
    if (pod.status.phase === 'Failed') {
      events.warning(
        daemonSet,
        'FailedDaemonPod',
        `Found failed daemon ${where}, will try to kill it`,
      )
    } else {
      const message = `Found succeeded daemon ${where}, will try to delete it`
      events.normal(daemonSet, 'SucceededDaemonPod', message)
    }
  }
}

function carryOut(
  daemonSet: DaemonSet,
  { create, remove }: Pick<DaemonPlan, 'create' | 'remove'>,
  hash: string,
  pass: Pass,
): Promise<Error | undefined> {
  const creating = slowStart(create.length, (i) =>
    createPod(pass, daemonSet, daemonPod(daemonSet, create[i]!, hash)),
  )
  const deleting = deletePods(pass, daemonSet, remove).then((failure) => {
    if (failure) throw failure
  })
  return firstFailure(creating, deleting)
}

/** A daemon that fails again and again is started anew ever more seldom. */
class FailureBackoff {
  readonly #failures = new Map<string, { readonly count: number; readonly untilMs: number }>()

  isBackingOff(key: string, nowMs: number): boolean {
    return (this.#failures.get(key)?.untilMs ?? 0) > nowMs
  }

  add(key: string, nowMs: number): void {
    const before = this.#failures.get(key)
    // One that ran well for long enough begins again.
    const isOld = before && nowMs - before.untilMs > 2 * FAILED_BACKOFF.maxMs
    const count = (isOld ? 0 : (before?.count ?? 0)) + 1
    this.#failures.set(key, { count, untilMs: nowMs + backoffMs(FAILED_BACKOFF, count) })
  }

  /** How long until the next of the keys that begin with `prefix` may start again. */
  msUntilNext(prefix: string, nowMs: number): number | undefined {
    const times = [...this.#failures]
      .filter(([key, { untilMs }]) => key.startsWith(prefix) && untilMs > nowMs)
      .map(([, { untilMs }]) => untilMs - nowMs)
    return times.length === 0 ? undefined : Math.min(...times)
  }

  prune(): void {
    if (this.#failures.size > FAILURES_MAX) this.#failures.clear()
  }
}

const FAILURES_MAX = 10_000

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((ms) => ms !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
