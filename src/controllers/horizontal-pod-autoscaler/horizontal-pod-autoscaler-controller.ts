import type { Scale } from '../../api/autoscaling/v1/scale.ts'
import { HorizontalPodAutoscaler } from '../../api/autoscaling/v2/horizontal-pod-autoscaler.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { equal } from '../../apimachinery/equality.ts'
import { timestamp } from '../../base/clock.ts'
import { createCatalog, type Catalog } from '../../client/catalog.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import {
  controller,
  requeueAfter,
  type Controller,
  type Pass,
} from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { findCondition, putCondition } from '../../api/meta/v1/conditions.ts'
import { autoscalerMetrics, type Reconciliation } from './autoscaler-metrics.ts'
import { MetricError, propose, type Proposal, type ScaleTarget } from './metric-proposal.ts'
import { applyRules, NO_HISTORY, type RuledReplicas, type ScalingHistory } from './scaling-rules.ts'

export interface HorizontalPodAutoscalerOptions {
  /** The types that the server has; custom resources are found by their definitions. */
  readonly builtIn: readonly ResourceClass[]
}

type Autoscaler = HorizontalPodAutoscaler
type Status = Autoscaler['status']

const PERIOD_MS = 15_000 // Metrics tell of no change by themselves.

/** Keeps the number of Pods of workloads such that their metrics stay at what each autoscaler asks for. */
export function horizontalPodAutoscalerController({
  builtIn,
}: HorizontalPodAutoscalerOptions): Controller {
  let catalog: Catalog | undefined
  const histories = new Map<string, ScalingHistory>()

  return controller<Autoscaler>('horizontal-pod-autoscaler-controller', {
    eventSource: 'horizontal-pod-autoscaler',
    queueName: 'horizontalpodautoscaler',
    for: HorizontalPodAutoscaler,
    changed: (after, before) =>
      after.metadata.generation !== before.metadata.generation || !equal(after.spec, before.spec),
    reads: [Pod],
    sources(context) {
      const followed = createCatalog(builtIn, context.informers)
      catalog = followed
      return followed
    },

    async reconcile(autoscaler, pass) {
      const { uid } = autoscaler.metadata
      const startMs = pass.clock.monotonic()
      const writer = new StatusWriter(autoscaler, pass)
      const history = histories.get(uid) ?? NO_HISTORY
      const target = await findTarget(autoscaler, catalog, writer, pass)
      if (target && catalog) {
        histories.set(uid, await scale(autoscaler, target, catalog, history, writer, pass))
      }
      await writer.write()
      const ms = pass.clock.monotonic() - startMs
      pass.metrics.own(autoscalerMetrics).reconciled(writer.outcome(), ms)
      return requeueAfter(PERIOD_MS)
    },

    async gone() {
      // Only a uid tells; what the others forget, they learn again.
      if (histories.size > HISTORIES_MAX) histories.clear()
    },
  })
}

const HISTORIES_MAX = 10_000

interface Target {
  readonly type: ResourceClass<AnyObject>
  readonly scale: Scale
}

async function findTarget(
  { metadata, spec }: Autoscaler,
  catalog: Catalog | undefined,
  writer: StatusWriter,
  { client, events }: Pass,
): Promise<Target | undefined> {
  const { kind, name, apiVersion = 'v1' } = spec.scaleTargetRef
  try {
    const type = catalog?.find({ apiVersion, kind })
    if (!type) throw new Error(`no matches for kind "${kind}" in group "${apiVersion}"`)
    const key = { namespace: metadata.namespace, name }
    const found = await client.getSubresource<AnyObject, Scale>(type, key, 'scale')
    const message = "the HPA controller was able to get the target's current scale"
    writer.condition('AbleToScale', 'True', 'SucceededGetScale', message)
    return { type, scale: found }
  } catch (error) {
    const why = (error as Error).message
    events.warning(writer.autoscaler, 'FailedGetScale', why)
    const message = `the HPA controller was unable to get the target's current scale: ${why}`
    writer.condition('AbleToScale', 'False', 'FailedGetScale', message)
    return undefined
  }
}

type Decision = Pick<RuledReplicas, 'replicas' | 'history'> &
  Partial<Pick<RuledReplicas, 'able' | 'limited'>> & { readonly why: string }

/** Brings the target to the size that it should have, and gives what is to be remembered of that. */
async function scale(
  autoscaler: Autoscaler,
  { type, scale: found }: Target,
  catalog: Catalog,
  history: ScalingHistory,
  writer: StatusWriter,
  pass: Pass,
): Promise<ScalingHistory> {
  const { minReplicas, maxReplicas } = autoscaler.spec
  const current = found.spec.replicas
  writer.set({ currentReplicas: current })
  if (current === 0 && minReplicas !== 0) {
    const message = 'scaling is disabled since the replica count of the target is zero'
    writer.condition('ScalingActive', 'False', 'ScalingDisabled', message)
    writer.set({ desiredReplicas: 0 })
    return history
  }
  const nowMs = pass.clock.now()
  const decide = async (): Promise<Decision | undefined> => {
    // The bounds alone decide then: no rules, and nothing that is told of them.
    const outside = (replicas: number, why: string): Decision => ({ replicas, why, history })
    if (current > maxReplicas)
      return outside(maxReplicas, 'Current number of replicas above Spec.MaxReplicas')
    if (current < minReplicas)
      return outside(minReplicas, 'Current number of replicas below Spec.MinReplicas')
    const { namespace } = autoscaler.metadata
    const selector = found.status.selector ?? ''
    const best = await bestProposal(
      autoscaler,
      { namespace, selector, replicas: current, typeOf: (kind) => catalog.find(kind) },
      writer,
      pass,
    )
    if (!best) return undefined
    const why = best.replicas > current ? `${best.name} above target` : 'All metrics below target'
    return { ...applyRules(autoscaler, current, best.replicas, history, nowMs), why }
  }
  const decision = await decide()
  if (!decision) {
    writer.set({ desiredReplicas: autoscaler.status.desiredReplicas })
    return history
  }
  const { replicas, able, limited, why } = decision
  if (able) writer.condition('AbleToScale', 'True', able.reason, able.message)
  if (limited) {
    const holds = limited.holds ? 'True' : 'False'
    writer.condition('ScalingLimited', holds, limited.reason, limited.message)
  }
  writer.set({ desiredReplicas: replicas })
  if (replicas === current) return decision.history
  const key = { namespace: autoscaler.metadata.namespace, name: found.metadata.name ?? '' }
  const body = { ...found, spec: { ...found.spec, replicas } }
  try {
    await pass.client.updateSubresource(type, key, 'scale', body)
  } catch (error) {
    const message = `the HPA controller was unable to update the target scale: ${(error as Error).message}`
    writer.condition('AbleToScale', 'False', 'FailedUpdateScale', message)
    const event = `New size: ${replicas}; reason: ${why}; error: ${(error as Error).message}`
    pass.events.warning(autoscaler, 'FailedRescale', event)
    return decision.history
  }
  const message = `the HPA controller was able to update the target scale to ${replicas}`
  writer.condition('AbleToScale', 'True', 'SucceededRescale', message)
  writer.set({ lastScaleTime: timestamp(pass.clock) })
  pass.events.normal(autoscaler, 'SuccessfulRescale', `New size: ${replicas}; reason: ${why}`)
  const change = { by: replicas - current, atMs: nowMs }
  return { ...decision.history, changes: [...decision.history.changes, change] }
}

/** The metric that asks for the most Pods; undefined where none can be read, or where one that cannot might ask for more. */
async function bestProposal(
  autoscaler: Autoscaler,
  target: ScaleTarget,
  writer: StatusWriter,
  pass: Pass,
): Promise<Proposal | undefined> {
  const metrics = autoscaler.spec.metrics ?? []
  const proposals: Proposal[] = []
  const failures: MetricError[] = []
  for (const metric of metrics) {
    try {
      proposals.push(await propose(autoscaler, metric, target, pass))
    } catch (error) {
      if (!(error instanceof MetricError)) throw error
      failures.push(error)
      pass.events.warning(autoscaler, error.reason, error.message)
    }
  }
  writer.set({ currentMetrics: proposals.map(({ status }) => status) })
  const best = proposals.toSorted((a, b) => b.replicas - a.replicas)[0]
  const [failure] = failures
  if (failure && (!best || best.replicas < target.replicas)) {
    const why = `invalid metrics (${failures.length} invalid out of ${metrics.length}), first error is: ${failure.message}`
    pass.events.warning(autoscaler, 'FailedComputeMetricsReplicas', why)
    const message = `the HPA was unable to compute the replica count: ${failure.message}`
    writer.condition('ScalingActive', 'False', failure.reason, message)
    return undefined
  }
  if (best) {
    const message = `the HPA was able to successfully calculate a replica count from ${best.name}`
    writer.condition('ScalingActive', 'True', 'ValidMetricFound', message)
  }
  return best
}

/** Reasons that lie in what the autoscaler asks for. */
const SPEC_ERRORS: ReadonlySet<string | undefined> = new Set([
  'InvalidMetricSourceType',
  'InvalidSelector',
])

/** Gathers what the status is to say. */
class StatusWriter {
  readonly autoscaler: Autoscaler
  readonly #pass: Pass
  #status: Status

  constructor(autoscaler: Autoscaler, pass: Pass) {
    this.autoscaler = autoscaler
    this.#pass = pass
    const { generation } = autoscaler.metadata
    this.#status = {
      ...autoscaler.status,
      ...(generation !== undefined && { observedGeneration: generation }),
    }
  }

  set(fields: Partial<Status>): void {
    this.#status = { ...this.#status, ...fields }
  }

  condition(type: string, status: 'True' | 'False', reason: string, message: string): void {
    const lastTransitionTime = timestamp(this.#pass.clock)
    const condition = { type, status, reason, message, lastTransitionTime }
    this.set({ conditions: putCondition(this.#status.conditions, condition) })
  }

  /** What the status says of this look. */
  outcome(): Reconciliation {
    const { conditions, currentReplicas = 0, desiredReplicas } = this.#status
    const problem = ['AbleToScale', 'ScalingActive']
      .map((type) => findCondition(conditions, type))
      .find((condition) => condition?.status === 'False' && condition.reason !== 'ScalingDisabled')
    if (problem)
      return { action: 'none', error: SPEC_ERRORS.has(problem.reason) ? 'spec' : 'internal' }
    if (desiredReplicas === currentReplicas) return { action: 'none', error: 'none' }
    return { action: desiredReplicas > currentReplicas ? 'scale_up' : 'scale_down', error: 'none' }
  }

  async write(): Promise<void> {
    const { currentReplicas, ...rest } = this.#status
    const status: Status = { ...rest, ...(currentReplicas ? { currentReplicas } : {}) }
    if (equal(status, this.autoscaler.status)) return
    await this.#pass.client.updateStatus(HorizontalPodAutoscaler, { ...this.autoscaler, status })
  }
}
