import type { Catalog } from '../client/catalog.ts'
import type { Client } from '../client/client.ts'
import type { AnyObject } from '../client/dynamic-class.ts'
import type { EventRecorder } from '../controller-runtime/event-recorder.ts'
import type { ResourceClass } from '../schema/resource.ts'
import { applyObject } from './apply-object.ts'
import { mergeStatus } from './merge-status.ts'
import type { CompiledStep, StepOf } from './stages/compile-stage.ts'
import type { StageFinalizers } from './stages/stage.ts'
import type { TemplateContext } from './template/functions.ts'

export interface Stagehands<T> {
  readonly client: Client
  readonly events: EventRecorder
  readonly type: ResourceClass<T>
  readonly find: Catalog['find']
}

/** Does one thing that a stage does to an object. Answers with what it is then. */
export async function playStep<T extends AnyObject>(
  { client, events, type, find }: Stagehands<T>,
  object: T,
  step: CompiledStep,
  context: TemplateContext,
): Promise<T> {
  switch (step.type) {
    case 'event': {
      const { reason = '', message = '' } = step.event
      if (step.event.type === 'Warning') events.warning(object, reason, message)
      else events.normal(object, reason, message)
      return object
    }
    case 'delete': {
      const { uid } = object.metadata
      await client.delete(type, object.metadata, { gracePeriodSeconds: 0, preconditions: { uid } })
      return object
    }
    case 'finalizers': {
      const finalizers = finalizersOf(object.metadata.finalizers ?? [], step.finalizers)
      const { uid } = object.metadata
      return client.patch(type, object.metadata, 'merge', { metadata: { uid, finalizers } })
    }
    case 'patch':
      return patch(client, type, object, step, context)
    case 'apply':
      await applyObject({ client, find }, object, step.template(object, context) as AnyObject, step)
      return object
    default:
      throw new Error(`unknown step ${JSON.stringify(step satisfies never)}`)
  }
}

async function patch<T extends AnyObject>(
  client: Client,
  type: ResourceClass<T>,
  object: T,
  { subresource, root, patchType, template }: StepOf<'patch'>,
  context: TemplateContext,
): Promise<T> {
  const made = template(object, context) ?? {}
  if (subresource === 'status' && root === 'status' && patchType === 'strategic') {
    const { status } = object as { readonly status?: unknown }
    return client.updateStatus(type, { ...object, status: completed(mergeStatus(status, made)) })
  }
  const at = (field: string): unknown =>
    patchType === 'json' ? below(field, made) : { [field]: made }
  const body = root === undefined ? made : at(root)
  const parameters = subresource === undefined ? {} : { subresource }
  return client.patch(type, object.metadata, patchType, body, parameters)
}

/** The operations of a JSON patch, for what is below a field. */
function below(root: string, operations: unknown): unknown {
  return (operations as readonly { readonly path: string }[]).map((each) => ({
    ...each,
    path: `/${root}${each.path}`,
  }))
}

/** The lists of addresses begin with the address. */
function completed(status: unknown): unknown {
  const { podIP, podIPs, hostIP, hostIPs } = status as Readonly<Record<string, unknown>>
  return {
    ...(status as object),
    ...(podIP !== undefined && !podIPs && { podIPs: [{ ip: podIP }] }),
    ...(hostIP !== undefined && !hostIPs && { hostIPs: [{ ip: hostIP }] }),
  }
}

function finalizersOf(
  before: readonly string[],
  { add = [], remove = [], empty = false }: StageFinalizers,
): readonly string[] {
  const gone = new Set(remove.map(({ value }) => value))
  const kept = empty ? [] : before.filter((each) => !gone.has(each))
  return [...new Set([...kept, ...add.map(({ value }) => value)])]
}
