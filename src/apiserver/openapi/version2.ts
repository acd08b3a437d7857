import { openapiName, type MessageClass } from '../../schema/message.ts'
import { definitionsFor, type Definition, type DefinitionOptions } from './definitions.ts'
import {
  sharedParameters,
  type Body,
  type Operation,
  type Parameter,
  type PathItem,
  type Response,
} from './operation.ts'

const DESCRIPTIONS = { 200: 'OK', 201: 'Created', 202: 'Accepted' }

const SECURITY = {
  securityDefinitions: {
    BearerToken: {
      description: 'Bearer Token authentication',
      in: 'header',
      name: 'authorization',
      type: 'apiKey',
    },
  },
  security: [{ BearerToken: [] }],
}

/** A document of OpenAPI 2.0 in parts: paths and definitions are many, and encoded already. */
export interface PartsV2 {
  readonly head: object
  readonly paths: readonly Definition[]
  readonly definitions: readonly Definition[]
  readonly tail: object
}

/** The parts of a document over all paths. Yields often. */
export function* partsV2(
  items: readonly PathItem[],
  options: DefinitionOptions,
  release: string,
): Generator<void, PartsV2> {
  const definitions = yield* definitionsFor(items, options)
  const parameters = new SharedParameters()
  const paths: Definition[] = []
  for (const item of items.toSorted(byPath)) {
    paths.push({ name: item.path, json: JSON.stringify(pathItem(item, parameters)) })
    yield
  }
  return {
    head: { swagger: '2.0', info: { title: 'Kubernetes', version: release } },
    paths,
    definitions,
    tail: { parameters: parameters.all(), ...SECURITY },
  }
}

/** The parts as one JSON text, in pieces. */
export function textOf({ head, paths, definitions, tail }: PartsV2): readonly string[] {
  return [
    `${JSON.stringify(head).slice(0, -1)},"paths":{`,
    ...paths.map(memberText),
    '},"definitions":{',
    ...definitions.map(memberText),
    `},${JSON.stringify(tail).slice(1)}`,
  ]
}

function memberText({ name, json }: Definition, i: number): string {
  return `${i === 0 ? '' : ','}${JSON.stringify(name)}:${json}`
}

function byPath(a: PathItem, b: PathItem): number {
  return a.path < b.path ? -1 : 1
}

/** Parameters are told once, and referred to: most paths have the same ones. */
class SharedParameters {
  readonly #names = new Map<Parameter, string>()
  readonly #counts = new Map<string, number>()

  refer(parameter: Parameter): object {
    return { $ref: `#/parameters/${this.#nameOf(parameter)}` }
  }

  all(): object {
    return Object.fromEntries([...this.#names].map(([each, name]) => [name, parameterV2(each)]))
  }

  #nameOf(parameter: Parameter): string {
    const known = this.#names.get(parameter)
    if (known !== undefined) return known
    const count = (this.#counts.get(parameter.name) ?? 0) + 1
    this.#counts.set(parameter.name, count)
    const name = count === 1 ? parameter.name : `${parameter.name}-${count}`
    this.#names.set(parameter, name)
    return name
  }
}

function parameterV2({ name, in: place, type, description }: Parameter): object {
  const required = place === 'path' && { required: true }
  return { name, in: place, description, type, uniqueItems: true, ...required }
}

function pathItem(item: PathItem, parameters: SharedParameters): object {
  const shared = sharedParameters(item)
  const operations = item.operations.map((each) => {
    const own = each.parameters.filter((one) => !shared.includes(one))
    return [each.method, operation(each, own, parameters)]
  })
  return {
    ...(Object.fromEntries(operations) as object),
    ...(shared.length > 0 && { parameters: shared.map((each) => parameters.refer(each)) }),
  }
}

function operation(
  each: Operation,
  own: readonly Parameter[],
  parameters: SharedParameters,
): object {
  const all = [...bodyParameter(each.body), ...own.map((one) => parameters.refer(one))]
  return {
    tags: [each.tag],
    description: each.description,
    operationId: each.id,
    consumes: each.body?.types ?? ['*/*'],
    produces: each.produces,
    schemes: ['https'],
    ...(all.length > 0 && { parameters: all }),
    responses: {
      ...Object.fromEntries(each.responses.map((one) => [one.code, response(one)])),
      401: { description: 'Unauthorized' },
    },
    ...(each.action && { 'x-kubernetes-action': each.action }),
    ...(each.kind && { 'x-kubernetes-group-version-kind': each.kind }),
  }
}

function bodyParameter(body: Body | undefined): readonly object[] {
  if (!body) return []
  const required = body.required && { required: true }
  return [{ name: 'body', in: 'body', ...required, schema: reference(body.schema) }]
}

function response({ code, schema }: Response): object {
  return { description: DESCRIPTIONS[code], schema: reference(schema) }
}

function reference(schema: MessageClass | 'string'): object {
  return schema === 'string' ? { type: 'string' } : { $ref: `#/definitions/${openapiName(schema)}` }
}
