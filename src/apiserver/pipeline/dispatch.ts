import { failure } from '../../apimachinery/status.ts'
import { generic, notFound, StatusError } from '../../apimachinery/status-error.ts'
import type { ApiRequest, Verb } from '../../client/request.ts'
import { pastVerbs } from '../history/past-verbs.ts'
import type { Registry } from '../registry/registry.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import { specialName, type SpecialVerbs } from '../resources/special-verbs.ts'
import type { Answer, Call, Handler } from './call.ts'
import type { PipelineEnvironment } from './environment.ts'
import { readVerbs } from './read-verbs.ts'
import { partVerbs, type Verbs } from './subresources.ts'
import { checkWriteOptions } from './write-options.ts'
import { writeVerbs } from './write-verbs.ts'

/** Does what a call asks for, once it is allowed. */
export type VerbHandler = (
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
) => Promise<Answer>

const VERBS: Readonly<Record<Verb, VerbHandler>> = { ...readVerbs, ...writeVerbs }

/** The end of the pipeline: finds the resource and the verb. Throws `NotFound`, `MethodNotAllowed`. */
export function dispatch(
  registry: Registry,
  env: PipelineEnvironment,
  special: SpecialVerbs,
): Handler {
  return async (call) => {
    const { verb, group, version, resource, subresource, at } = call.request
    const kind = registry.find(group, version, resource)
    if (!kind) throw nothingServed(registry, group)
    if (isWithoutMethod(kind, call.request)) throw methodNotAllowed()
    if (!isInScope(kind, call.request)) throw noSuchResource()
    const handler = at
      ? pastHandler(kind, call.request)
      : subresource
        ? subresourceHandler(kind, call.request, subresource, special)
        : resourceHandler(kind, verb, special)
    if (!handler) throw methodNotAllowed()
    if (kind.deprecation !== undefined) call.warn(kind.deprecation)
    checkWriteOptions(call.request)
    return handler(kind, call, env)
  }
}

/** Whether its path is that of a collection, or of an object, on which there is no such method. */
function isWithoutMethod({ type: { resource } }: ServedKind, request: ApiRequest): boolean {
  const { namespace, verb, name, subresource } = request
  if (name !== undefined) return verb === 'create' && subresource === undefined
  if (verb === 'update' || verb === 'patch') return true
  return resource.namespaced && namespace === undefined && !ACROSS_NAMESPACES.includes(verb)
}

const ACROSS_NAMESPACES: readonly Verb[] = ['list', 'watch']

// A Namespace's own path names it twice: as what it is about, and as where that is.
function isInScope({ type: { resource } }: ServedKind, request: ApiRequest): boolean {
  const { namespace, verb } = request
  if (resource.namespaced) return namespace !== undefined || ACROSS_NAMESPACES.includes(verb)
  return namespace === undefined || resource.plural === 'namespaces'
}

function resourceHandler(
  { type, resource }: ServedKind,
  verb: Verb,
  special: SpecialVerbs,
): VerbHandler | undefined {
  if (!type.resource.verbs.includes(verb)) return undefined
  return special[specialName(resource.info)]?.[verb] ?? VERBS[verb]
}

function pastHandler({ type }: ServedKind, request: ApiRequest): VerbHandler | undefined {
  const { verb, subresource } = request
  // A status is part of its object.
  if (subresource !== undefined && subresource !== 'status') return undefined
  return type.resource.verbs.includes(verb) ? pastVerbs[verb] : undefined
}

function subresourceHandler(
  kind: ServedKind,
  { verb, name = '' }: ApiRequest,
  subresource: string,
  special: SpecialVerbs,
): VerbHandler | undefined {
  const declared = kind.type.resource.subresources.find((each) => each.name === subresource)
  // Of custom resources upstream says it in other words.
  if (!declared) throw kind.schema.message ? noSuchResource() : notFound(kind.type, name)
  const verbs: Verbs | undefined =
    special[specialName(kind.resource.info, subresource)] ??
    kind.special?.[subresource] ??
    partVerbs(kind, subresource)
  return declared.verbs.includes(verb) ? verbs?.[verb] : undefined
}

/** The path is served, but not with this method. */
export function methodNotAllowed(): StatusError {
  const message = 'the server does not allow this method on the requested resource'
  return generic(failure('MethodNotAllowed', message, {}))
}

const NO_SUCH_RESOURCE = failure('NotFound', 'the server could not find the requested resource', {})

/** Nothing is served there. */
export function noSuchResource(): StatusError {
  return generic(NO_SUCH_RESOURCE)
}

/** Nothing is served at a path of a group. */
export function nothingServed(registry: Registry, group: string): StatusError {
  const isBuiltIn = registry
    .all()
    .some(({ type, schema }) => type.resource.group === group && schema.message)
  return isBuiltIn ? noSuchResource() : new NoSuchPathError()
}

/** None of upstream's chained servers would know the path. Over HTTP, the last of them says so in plain text. */
export class NoSuchPathError extends StatusError {
  constructor() {
    super(NO_SUCH_RESOURCE)
  }
}
