import type { MessageClass } from '../../schema/message.ts'
import type { OpenApiKind } from '../../schema/openapi.ts'

/** What is done, as `x-kubernetes-action` names it. */
export type Action =
  | 'connect'
  | 'delete'
  | 'deletecollection'
  | 'get'
  | 'list'
  | 'patch'
  | 'post'
  | 'put'
  | 'watch'
  | 'watchlist'

export type Method = 'delete' | 'get' | 'head' | 'options' | 'patch' | 'post' | 'put'

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly type: 'boolean' | 'integer' | 'string'
  readonly description: string
}

/** The body of a request. */
export interface Body {
  readonly schema: MessageClass
  readonly required: boolean
  /** The media types in which it may come. */
  readonly types: readonly string[]
}

/** An answer that is no error. */
export interface Response {
  readonly code: 200 | 201 | 202
  readonly schema: MessageClass | 'string'
}

/** One method of one path, whatever the version of OpenAPI. */
export interface Operation {
  readonly method: Method
  readonly id: string
  readonly description: string
  readonly tag: string
  readonly parameters: readonly Parameter[]
  readonly body?: Body
  readonly responses: readonly Response[]
  /** The media types in which answers are given. */
  readonly produces: readonly string[]
  readonly action?: Action
  readonly kind?: OpenApiKind
}

/** A path and what can be done with it. */
export interface PathItem {
  readonly path: string
  readonly operations: readonly Operation[]
}

/** The parameters that all operations of a path have: they are told once. */
export function sharedParameters({ operations }: PathItem): readonly Parameter[] {
  const [first, ...others] = operations
  if (!first) return []
  return first.parameters.filter((each) =>
    others.every(({ parameters }) => parameters.includes(each)),
  )
}
