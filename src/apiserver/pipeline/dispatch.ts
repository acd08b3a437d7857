import { failure } from '../../apimachinery/status.ts'
import { generic, methodNotSupported, type StatusError } from '../../apimachinery/status-error.ts'
import type { Verb } from '../../client/request.ts'
import type { Registry } from '../registry/registry.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { Answer, Call, Handler } from './call.ts'
import type { PipelineEnvironment } from './environment.ts'
import { readVerbs } from './read-verbs.ts'
import { subresourceVerbs } from './subresources.ts'
import { writeVerbs } from './write-verbs.ts'

/** Does what a call asks for, once it is allowed. */
export type VerbHandler = (
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
) => Promise<Answer>

const VERBS: Readonly<Record<Verb, VerbHandler>> = { ...readVerbs, ...writeVerbs }

/** The end of the pipeline: finds the resource and the verb. Throws `NotFound`, `MethodNotAllowed`. */
export function dispatch(registry: Registry, env: PipelineEnvironment): Handler {
  return async (call) => {
    const { verb, group, version, resource, subresource = '' } = call.request
    const kind = registry.find(group, version, resource)
    if (!kind) throw noSuchResource()
    const handler =
      subresource === ''
        ? kind.type.resource.verbs.includes(verb) && VERBS[verb]
        : subresourceHandler(kind, subresource, verb)
    if (!handler) throw methodNotSupported({ group, resource }, verb)
    return handler(kind, call, env)
  }
}

function subresourceHandler(
  { type }: ServedKind,
  subresource: string,
  verb: Verb,
): VerbHandler | undefined {
  const declared = type.resource.subresources.find(({ name }) => name === subresource)
  if (!declared) throw noSuchResource()
  return declared.verbs.includes(verb)
    ? subresourceVerbs(type.resource, subresource)[verb]
    : undefined
}

/** Nothing is served there. */
export function noSuchResource(): StatusError {
  return generic(failure('NotFound', 'the server could not find the requested resource', {}))
}
