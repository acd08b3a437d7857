import { DeleteOptions } from '../../api/meta/v1/options.ts'
import { Status } from '../../api/meta/v1/status.ts'
import { WatchEvent } from '../../api/meta/v1/watch-event.ts'
import { openapiName, type MessageClass } from '../../schema/message.ts'
import {
  referencedMessages,
  schemaOf,
  type OpenApiKind,
  type OpenApiSchema,
  type OpenApiVersion,
} from '../../schema/openapi.ts'
import { NAMED_SCALARS } from '../../schema/openapi-scalars.ts'
import { apiVersionOf, type ResourceClass } from '../../schema/resource.ts'
import type { PathItem } from './operation.ts'

/** The text of a definition. */
export interface Definition {
  readonly name: string
  readonly json: string
}

export interface DefinitionOptions {
  readonly version: OpenApiVersion
  /** The kinds that the paths are about. */
  readonly types: readonly ResourceClass[]
  /** Keeps what has been made, for other documents. */
  readonly made: Map<MessageClass, string>
}

/** The definitions of all that the paths refer to, by name. Yields after each. */
export function* definitionsFor(
  paths: readonly PathItem[],
  options: DefinitionOptions,
): Generator<void, readonly Definition[]> {
  const { version, types, made } = options
  const lists = new Map(types.map((type) => [type.list, type]))
  const waiting = [...new Set(paths.flatMap(messagesOf))]
  const seen = new Set(waiting)
  const definitions = new Map<string, string>()
  for (let message = waiting.pop(); message; message = waiting.pop()) {
    const kinds = kindsOf(message, lists, options)
    const text = (kinds ? undefined : made.get(message)) ?? textOf(message, version, kinds)
    if (!kinds) made.set(message, text)
    definitions.set(openapiName(message), text)
    addScalars(message, version, definitions)
    for (const each of referencedMessages(message)) {
      if (!seen.has(each)) waiting.push(each)
      seen.add(each)
    }
    yield
  }
  return [...definitions].map(([name, json]) => ({ name, json })).toSorted(byName)
}

function messagesOf({ operations }: PathItem): readonly MessageClass[] {
  return operations.flatMap(({ body, responses }) => [
    ...(body ? [body.schema] : []),
    ...responses.flatMap(({ schema }) => (schema === 'string' ? [] : [schema])),
  ])
}

function textOf(
  message: MessageClass,
  version: OpenApiVersion,
  kinds: readonly OpenApiKind[] | undefined,
): string {
  return JSON.stringify(schemaOf(message, version, kinds))
}

/** The kinds that a message is served as, where it does not tell by itself. */
function kindsOf(
  message: MessageClass,
  lists: ReadonlyMap<MessageClass, ResourceClass>,
  { types }: DefinitionOptions,
): readonly OpenApiKind[] | undefined {
  if (message === Status) return [{ group: '', version: 'v1', kind: 'Status' }]
  // These belong to every group and version.
  if (message === DeleteOptions || message === WatchEvent) return inAll(types, message.name)
  const of = lists.get(message)?.resource
  return of && [{ group: of.group, version: of.version, kind: message.name }]
}

function inAll(types: readonly ResourceClass[], kind: string): readonly OpenApiKind[] {
  const first = Map.groupBy(types, ({ resource }) => apiVersionOf(resource)).values()
  return [...first].map(([type]) => {
    const { group, version } = type!.resource
    return { group, version, kind }
  })
}

function addScalars(
  message: MessageClass,
  version: OpenApiVersion,
  definitions: Map<string, string>,
): void {
  for (const { info } of Object.values(message.fields)) {
    const scalar = info.type === 'message' ? undefined : NAMED_SCALARS[info.type]
    if (!scalar || definitions.has(scalar.name)) continue
    const schema: OpenApiSchema = { description: scalar.doc, ...scalar.schema(version) }
    definitions.set(scalar.name, JSON.stringify(schema))
  }
}

function byName(a: Definition, b: Definition): number {
  return a.name < b.name ? -1 : 1
}
