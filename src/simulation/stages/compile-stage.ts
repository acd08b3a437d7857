import { randomInt, type Random } from '../../base/random.ts'
import { ParseError } from '../../apimachinery/parse-error.ts'
import { compileTemplate, type ObjectTemplate } from '../template/template.ts'
import { compileDelay, compileNumber, type Delay } from './delay.ts'
import { compileSelector } from './selector.ts'
import type {
  Stage,
  StageApply,
  StageEvent,
  StageFinalizers,
  StagePatch,
  StageStep,
} from './stage.ts'

/** A stage, ready to be played. */
export interface CompiledStage {
  readonly name: string
  readonly apiVersion: string
  readonly kind: string
  readonly selects: (object: unknown) => boolean
  readonly weight: (object: unknown) => number
  readonly delayMs: Delay
  readonly steps: readonly CompiledStep[]
}

export type CompiledStep =
  | { readonly type: 'event'; readonly event: StageEvent }
  | { readonly type: 'finalizers'; readonly finalizers: StageFinalizers }
  | { readonly type: 'delete' }
  | {
      readonly type: 'patch'
      readonly patchType: 'json' | 'merge' | 'strategic'
      readonly subresource: string | undefined
      readonly root: string | undefined
      readonly template: ObjectTemplate
    }
  | {
      readonly type: 'apply'
      readonly patchType: 'apply' | 'merge' | 'strategic'
      readonly subresource: string | undefined
      readonly template: ObjectTemplate
    }

export type StepOf<T extends CompiledStep['type']> = CompiledStep & { readonly type: T }

/** Compiles a stage. Throws `ParseError`, which names the stage. */
export function compileStage({ metadata: { name }, spec }: Stage): CompiledStage {
  const { resourceRef, selector, weight = 0, weightFrom, delay } = spec
  const { apiGroup: apiVersion = 'v1', kind } = resourceRef
  const isMerged = apiVersion === 'v1' && (kind === 'Pod' || kind === 'Node')
  const patchType = isMerged ? 'strategic' : 'merge'
  try {
    return {
      name,
      apiVersion,
      kind,
      selects: compileSelector(selector),
      weight: compileNumber(weightFrom, weight),
      delayMs: compileDelay(delay),
      steps: stepsOf(spec).flatMap((step) => compileStep(step, patchType)),
    }
  } catch (error) {
    if (error instanceof ParseError) throw new ParseError(`Stage ${name}: ${error.message}`)
    throw error
  }
}

/** `next` in the newer form, in the order in which kwok plays it. */
function stepsOf({ next = {}, steps = [] }: Stage['spec']): readonly StageStep[] {
  const { event, finalizers, statusTemplate, patches = [] } = next
  return [
    ...(event ? [{ event }] : []),
    ...(finalizers ? [{ finalizers }] : []),
    ...(next.delete ? [{ delete: true }] : []),
    ...(statusTemplate === undefined
      ? []
      : [{ patch: { subresource: 'status', root: 'status', template: statusTemplate } }]),
    ...patches.map((patch) => ({ patch })),
    ...steps,
  ]
}

function compileStep(
  { event, finalizers, patch, apply, delete: remove }: StageStep,
  patchType: 'merge' | 'strategic',
): CompiledStep[] {
  return [
    ...(event ? [{ type: 'event', event } as const] : []),
    ...(finalizers ? [{ type: 'finalizers', finalizers } as const] : []),
    ...(patch ? [compilePatch({ type: patchType, ...patch })] : []),
    ...(apply ? [compileApply(apply)] : []),
    ...(remove ? [{ type: 'delete' } as const] : []),
  ]
}

function compilePatch({
  subresource,
  root,
  type,
  template,
}: StagePatch & Required<Pick<StagePatch, 'type'>>): CompiledStep {
  return { type: 'patch', patchType: type, subresource, root, template: compileTemplate(template) }
}

function compileApply({ subresource, type = 'apply', template }: StageApply): CompiledStep {
  return { type: 'apply', patchType: type, subresource, template: compileTemplate(template) }
}

/** The stage that an object takes next, if any: by chance where several select it. */
export function chooseStage(
  stages: readonly CompiledStage[],
  object: unknown,
  random: Random,
): CompiledStage | undefined {
  const selecting = stages.filter((each) => each.selects(object))
  if (selecting.length < 2) return selecting[0]
  const weights = selecting.map((each) => Math.max(0, each.weight(object)))
  const total = weights.reduce((sum, each) => sum + each, 0)
  if (total === 0) return selecting[randomInt(random, selecting.length)]
  let left = random.next() * total
  return selecting.find((_, i) => (left -= weights[i]!) < 0) ?? selecting.at(-1)
}
