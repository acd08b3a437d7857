import { Scale } from '../../api/autoscaling/v1/scale.ts'
import { TokenRequest } from '../../api/authentication/v1/token-request.ts'
import { Binding } from '../../api/core/v1/binding.ts'
import { NodeProxyOptions } from '../../api/core/v1/node-proxy-options.ts'
import { PodAttachOptions } from '../../api/core/v1/pod-attach-options.ts'
import { PodExecOptions } from '../../api/core/v1/pod-exec-options.ts'
import { PodLogOptions } from '../../api/core/v1/pod-log-options.ts'
import { PodPortForwardOptions } from '../../api/core/v1/pod-port-forward-options.ts'
import { PodProxyOptions } from '../../api/core/v1/pod-proxy-options.ts'
import { ServiceProxyOptions } from '../../api/core/v1/service-proxy-options.ts'
import { Patch } from '../../api/meta/v1/common.ts'
import { Eviction } from '../../api/policy/v1/eviction.ts'
import type { MessageClass } from '../../schema/message.ts'
import type { ResourceClass, Subresource } from '../../schema/resource.ts'
import { ANY_TYPE, OBJECT_TYPES, patchTypes } from './media-types.ts'
import { capital, operationId, tagOf } from './names.ts'
import type { Method, Operation, PathItem } from './operation.ts'
import { parametersOf, PATCH, placeParameters, PROXY_PATH, WRITE } from './parameters.ts'

/** What is taken and given below objects, by kind. */
const VALUES: Readonly<Record<string, MessageClass>> = { Binding, Eviction, Scale, TokenRequest }

/** What the query says of connections through the server. */
const CONNECTIONS: Readonly<Record<string, MessageClass>> = {
  NodeProxyOptions,
  PodAttachOptions,
  PodExecOptions,
  PodPortForwardOptions,
  PodProxyOptions,
  ServiceProxyOptions,
}

/** The paths below an object's. */
export function subresourcePaths(type: ResourceClass, object: string): readonly PathItem[] {
  return type.resource.subresources.flatMap((each) => {
    const path = `${object}/${each.name}`
    const options = CONNECTIONS[each.kind]
    if (options) return connectPaths(type, each, options, path)
    const operations = each.name === 'log' ? [logOperation(type)] : valueOperations(type, each)
    return [{ path, operations }]
  })
}

function common(type: ResourceClass, { group, version, kind }: Subresource) {
  return { tag: tagOf(type.resource), kind: { group, version, kind } }
}

function nameOf({ resource }: ResourceClass, { name }: { readonly name: string }): string {
  return `${resource.namespaced ? 'Namespaced' : ''}${resource.kind}${capital(name)}`
}

function valueOperations(type: ResourceClass, sub: Subresource): readonly Operation[] {
  const { resource } = type
  const schema = VALUES[sub.kind] ?? type
  const place = placeParameters(type, { named: true, namespaced: resource.namespaced })
  const shared = { ...common(type, sub), produces: OBJECT_TYPES }
  const name = nameOf(type, sub)
  const of = `${sub.name} of the specified ${resource.kind}`
  const written = { schema, required: true, types: ANY_TYPE }
  const operations: Readonly<Record<string, Operation>> = {
    get: {
      ...shared,
      method: 'get',
      id: operationId('read', resource, name),
      description: `read ${of}`,
      parameters: place,
      responses: [{ code: 200, schema }],
      action: 'get',
    },
    patch: {
      ...shared,
      method: 'patch',
      id: operationId('patch', resource, name),
      description: `partially update ${of}`,
      parameters: [...PATCH, ...place],
      body: { schema: Patch, required: true, types: patchTypes(type) },
      responses: ([200, 201] as const).map((code) => ({ code, schema })),
      action: 'patch',
    },
    create: {
      ...shared,
      method: 'post',
      id: operationId('create', resource, name),
      description: `create ${sub.name} of a ${resource.kind}`,
      parameters: [...WRITE, ...place],
      body: written,
      responses: ([200, 201, 202] as const).map((code) => ({ code, schema })),
      action: 'post',
    },
    update: {
      ...shared,
      method: 'put',
      id: operationId('replace', resource, name),
      description: `replace ${of}`,
      parameters: [...WRITE, ...place],
      body: written,
      responses: ([200, 201] as const).map((code) => ({ code, schema })),
      action: 'put',
    },
  }
  return sub.verbs.flatMap((verb) => operations[verb] ?? [])
}

function logOperation(type: ResourceClass): Operation {
  const { resource } = type
  const { group, version, kind, namespaced } = resource
  return {
    tag: tagOf(resource),
    kind: { group, version, kind },
    method: 'get',
    id: operationId('read', resource, nameOf(type, { name: 'log' })),
    description: `read log of the specified ${kind}`,
    parameters: [
      ...parametersOf(PodLogOptions),
      ...placeParameters(type, { named: true, namespaced }),
    ],
    responses: [{ code: 200, schema: 'string' }],
    produces: ['text/plain', ...OBJECT_TYPES],
    action: 'get',
  }
}

const METHODS: Readonly<Record<string, readonly Method[]>> = {
  create: ['post'],
  delete: ['delete'],
  get: ['get', 'head', 'options'],
  patch: ['patch'],
  update: ['put'],
}

function connectPaths(
  type: ResourceClass,
  sub: Subresource,
  options: MessageClass,
  path: string,
): readonly PathItem[] {
  const isProxy = sub.name === 'proxy'
  const methods = sub.verbs.flatMap((verb) =>
    isProxy ? (METHODS[verb] ?? []) : (METHODS[verb]?.slice(0, 1) ?? []),
  )
  const own = {
    path,
    operations: methods.map((method) => connectOperation(type, sub, options, method)),
  }
  if (!isProxy) return [own]
  const below = own.operations.map((each) => ({
    ...each,
    id: `${each.id}WithPath`,
    parameters: [...each.parameters, PROXY_PATH],
  }))
  return [own, { path: `${path}/{path}`, operations: below }]
}

function connectOperation(
  type: ResourceClass,
  sub: Subresource,
  options: MessageClass,
  method: Method,
): Operation {
  const { resource } = type
  const { namespaced, kind } = resource
  return {
    ...common(type, sub),
    method,
    id: operationId('connect', resource, `${capital(method)}${nameOf(type, sub)}`),
    description: `connect ${method.toUpperCase()} requests to ${sub.name} of ${kind}`,
    parameters: [
      ...parametersOf(options),
      ...placeParameters(type, { named: true, namespaced }).slice(0, -1),
    ],
    responses: [{ code: 200, schema: 'string' }],
    produces: ANY_TYPE,
    action: 'connect',
  }
}
