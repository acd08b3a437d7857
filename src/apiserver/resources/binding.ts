import { Binding } from '../../api/core/v1/binding.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { timestamp, type Clock } from '../../base/clock.ts'
import { conflict, invalid, StatusError } from '../../apimachinery/status-error.ts'
import { success } from '../../apimachinery/status.ts'
import { required, unsupported, type FieldError } from '../../schema/field-error.ts'
import type { Answer, Call } from '../pipeline/call.ts'
import type { VerbHandler } from '../pipeline/dispatch.ts'
import type { PipelineEnvironment } from '../pipeline/environment.ts'
import { readMessage } from '../pipeline/read-body.ts'
import { admitValue, contextAfterAdmission } from '../pipeline/value-subresource.ts'
import { withMetadata, type ApiObject } from '../registry/api-object.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import { updateObject } from '../registry/update.ts'

const KIND = { group: '', version: 'v1', kind: 'Binding' }

/** `pods/binding`: ties a Pod to a node, once. */
const create: VerbHandler = async (kind, call, env) => {
  const sent = readMessage(Binding, KIND, call)
  const binding = await admitValue(kind, call, env, sent)
  const name = call.request.name ?? ''
  checkBinding(binding, name)
  await bind(kind, call, env, binding, name)
  return created()
}

/** `bindings`, which name the Pod in their metadata. */
export const bindings: VerbHandler = async (kind, call, env) => {
  const binding = await admitValue(kind, call, env, readMessage(Binding, KIND, call))
  const { name } = binding.metadata
  checkBinding(binding, name)
  const pods = env.registry.find('', 'v1', 'pods')!
  await bind(pods, call, env, binding, name)
  return created()
}

export const bindingVerbs = { create }

function created(): Answer {
  return { type: 'status', code: 201, status: success(undefined, 201) }
}

function checkBinding({ target }: Binding, name: string): void {
  const errors: FieldError[] = []
  if (target.kind && target.kind !== 'Node') {
    errors.push(unsupported('target.kind', target.kind, ['Node', '<empty>']))
  }
  if (!target.name) errors.push(required('target.name', ''))
  if (errors.length > 0) throw invalid(KIND, name, errors)
}

async function bind(
  pods: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  binding: Binding,
  name: string,
): Promise<void> {
  const { uid, resourceVersion } = binding.metadata as ApiObject['metadata']
  try {
    await updateObject(
      pods.resource,
      {
        name,
        strategy: { prepareForUpdate: (object) => object, validateUpdate: () => [] },
        change: (current) => bound(current!, binding, env.clock),
        unconditional: true,
        preconditions: { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) },
      },
      contextAfterAdmission(pods, call, env),
    )
  } catch (error) {
    if (error instanceof StatusError || !(error instanceof BindError)) throw error
    throw conflict({ group: '', resource: 'pods/binding' }, name, error.message)
  }
}

/** The Pod is not one that can be bound. */
class BindError extends Error {}

function bound(current: ApiObject, { target, metadata }: Binding, clock: Clock): ApiObject {
  const pod = current as unknown as Pod
  const { name } = pod.metadata
  if (pod.metadata.deletionTimestamp) {
    throw new BindError(`pod ${name} is being deleted, cannot be assigned to a host`)
  }
  if (pod.spec.nodeName) {
    throw new BindError(
      `pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`,
    )
  }
  if (pod.spec.schedulingGates?.length) {
    throw new BindError(`pod ${name} has non-empty .spec.schedulingGates`)
  }
  const { annotations, labels } = metadata as ApiObject['metadata']
  const marked = withMetadata(current, {
    ...(annotations && { annotations: { ...pod.metadata.annotations, ...annotations } }),
    ...(labels && { labels: { ...pod.metadata.labels, ...labels } }),
  })
  return {
    ...marked,
    spec: { ...pod.spec, nodeName: target.name },
    status: { ...pod.status, conditions: scheduled(pod, clock) },
  }
}

type Conditions = NonNullable<Pod['status']['conditions']>

function scheduled({ status: { conditions = [] }, metadata }: Pod, clock: Clock): Conditions {
  const old = conditions.find(({ type }) => type === 'PodScheduled')
  if (old?.status === 'True') return conditions
  const condition = {
    type: 'PodScheduled',
    status: 'True',
    lastTransitionTime: timestamp(clock),
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
  }
  return old
    ? conditions.map((each) => (each === old ? condition : each))
    : [...conditions, condition]
}
