import { openapiName, type MessageClass } from '../../schema/message.ts'
import { definitionsFor, type DefinitionOptions } from './definitions.ts'
import {
  sharedParameters,
  type Operation,
  type Parameter,
  type PathItem,
  type Response,
} from './operation.ts'

const DESCRIPTIONS = { 200: 'OK', 201: 'Created', 202: 'Accepted' }

const SECURITY = {
  BearerToken: {
    type: 'apiKey',
    description: 'Bearer Token authentication',
    name: 'authorization',
    in: 'header',
  },
}

/** A document of OpenAPI 3.0 over some paths, as text in pieces. Yields often: whole groups take a while. */
export function* documentV3(
  paths: readonly PathItem[],
  options: DefinitionOptions,
  release: string,
): Generator<void, readonly string[]> {
  const info = { title: 'Kubernetes', version: release }
  const definitions = yield* definitionsFor(paths, options)
  const pieces = ['{"openapi":"3.0.0","info":', JSON.stringify(info), ',"paths":{']
  for (const [i, item] of paths.toSorted(byPath).entries()) {
    pieces.push(`${i === 0 ? '' : ','}${JSON.stringify(item.path)}:`)
    pieces.push(JSON.stringify(pathItem(item)))
    yield
  }
  pieces.push('},"components":{"schemas":{')
  for (const [i, { name, json }] of definitions.entries()) {
    pieces.push(`${i === 0 ? '' : ','}"${name}":`, json)
  }
  pieces.push(`},"securitySchemes":${JSON.stringify(SECURITY)}}}`)
  return pieces
}

function byPath(a: PathItem, b: PathItem): number {
  return a.path < b.path ? -1 : 1
}

function pathItem(item: PathItem): object {
  const shared = sharedParameters(item)
  const operations = item.operations.map((each) => [each.method, operation(each, shared)])
  return {
    ...(Object.fromEntries(operations) as object),
    ...(shared.length > 0 && { parameters: shared.map(parameter) }),
  }
}

function operation(each: Operation, shared: readonly Parameter[]): object {
  const own = each.parameters.filter((one) => !shared.includes(one))
  return {
    tags: [each.tag],
    description: each.description,
    operationId: each.id,
    ...(own.length > 0 && { parameters: own.map(parameter) }),
    ...(each.body && {
      requestBody: {
        content: content(each.body.schema, each.body.types),
        ...(each.body.required && { required: true }),
      },
    }),
    responses: {
      ...Object.fromEntries(each.responses.map((one) => [one.code, response(one, each.produces)])),
      401: { description: 'Unauthorized' },
    },
    ...(each.action && { 'x-kubernetes-action': each.action }),
    ...(each.kind && { 'x-kubernetes-group-version-kind': each.kind }),
  }
}

function parameter({ name, in: place, type, description }: Parameter): object {
  const required = place === 'path' && { required: true }
  return { name, in: place, description, ...required, schema: { type, uniqueItems: true } }
}

function response({ code, schema }: Response, produces: readonly string[]): object {
  return { description: DESCRIPTIONS[code], content: content(schema, produces) }
}

function content(schema: MessageClass | 'string', types: readonly string[]): object {
  const value =
    schema === 'string'
      ? { type: 'string' }
      : { $ref: `#/components/schemas/${openapiName(schema)}` }
  return Object.fromEntries(types.map((type) => [type, { schema: value }]))
}
