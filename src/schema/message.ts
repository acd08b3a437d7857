import type { Field, Presence } from './field.ts'

// Field's own parameters vary, and only their names matter to a collection of fields.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyField = Field<any, Presence>
export type Fields = Readonly<Record<string, AnyField>>

/** Carries a message's declaration in its static type, so that `Input` can be derived from `Stored`. Never set. */
export declare const declaration: unique symbol

type Value<F> = F extends Field<infer T, Presence> ? T : never
type KeysOf<F extends Fields, P extends Presence> = {
  [K in keyof F]: F[K] extends Field<unknown, infer Q> ? (Q extends P ? K : never) : never
}[keyof F]

/** A message as the API server stores and serves it: defaults filled in. */
export type Stored<F extends Fields> = {
  readonly [K in KeysOf<F, 'required' | 'defaulted'>]: Value<F[K]>
} & {
  readonly [K in KeysOf<F, 'optional'>]?: Value<F[K]>
} & { readonly [declaration]?: F }

type InputOf<F extends Fields> = {
  readonly [K in KeysOf<F, 'required'>]: Input<Value<F[K]>>
} & {
  readonly [K in KeysOf<F, 'optional' | 'defaulted'>]?: Input<Value<F[K]>>
}

/** What a client may send for a stored type `T`: fields with a default may be left out, at every depth. */
export type Input<T> = T extends { readonly [declaration]?: infer F extends Fields }
  ? InputOf<F>
  : T extends readonly (infer E)[]
    ? readonly Input<E>[]
    : T extends Readonly<Record<string, infer V>>
      ? Readonly<Record<string, Input<V>>>
      : T

/** What is declared of a message beside its fields. */
export interface MessageInfo {
  /** The OpenAPI name's prefix, such as `io.k8s.api.apps.v1`. */
  readonly package: string
  readonly doc: string
  /** Server-side apply replaces the message as a whole. */
  readonly atomic: boolean
  /** The schema that OpenAPI documents tell, where it is not that of the declared fields: custom resources have one. */
  readonly openApi?: (version: 2 | 3) => Readonly<Record<string, unknown>>
}

/** A message's class: a name and a declaration, never instantiated. Its instance type is the stored object. */
export interface MessageClass<F extends Fields = Fields> {
  readonly name: string
  readonly fields: F
  readonly info: MessageInfo
}

export interface MessageConstructor<F extends Fields> extends MessageClass<F> {
  new (): Stored<F>
}

export interface MessageOptions {
  readonly atomic?: boolean
}

/** Makes the function that declares the messages of one package. */
export function messagesOf(packageName: string) {
  return function message<F extends Fields>(
    doc: string,
    fields: F,
    { atomic = false }: MessageOptions = {},
  ): MessageConstructor<F> {
    const info: MessageInfo = { package: packageName, doc, atomic }
    // The class has no instances, so the constructor's type is a promise about data alone.
    return class {
      static readonly fields = fields
      static readonly info = info
    } as unknown as MessageConstructor<F>
  }
}

/** The name of a message's definition in OpenAPI, such as `io.k8s.api.apps.v1.Deployment`. */
export function openapiName(message: MessageClass): string {
  return `${message.info.package}.${message.name}`
}
