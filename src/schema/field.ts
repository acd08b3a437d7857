import type { MessageClass } from './message.ts'

/** What a scalar field holds, by its name in a declaration. All travel as JSON; the comment says how. */
export interface Scalars {
  string: string
  bool: boolean
  int32: number
  /** A number, or a bigint where it is too large for one. */
  int64: number
  uint32: number
  uint64: number
  float: number
  double: number
  /** A byte, as a number. */
  byte: number
  /** Base64. */
  bytes: string
  /** A resource.Quantity in canonical form, such as `500m` or `2Gi`. */
  quantity: string
  intOrString: number | string
  /** RFC 3339, UTC, whole seconds. */
  time: string
  /** RFC 3339, UTC, microseconds. */
  microTime: string
  /** A Go duration, such as `1h30m0s`. */
  duration: string
  /** Any object, kept as it came. */
  rawExtension: Readonly<Record<string, unknown>>
  /** The set of fields that a manager owns, in managedFields. */
  fieldsV1: Readonly<Record<string, unknown>>
  /** Any JSON value. */
  json: unknown
  /** A list of strings that protobuf wraps in a message of its own, as in `extra` of users. */
  stringList: readonly string[]
  /** A JSON schema, or a list of them. */
  jsonSchemaPropsOrArray: unknown
  /** A JSON schema, or whether anything goes. */
  jsonSchemaPropsOrBool: unknown
  /** A JSON schema, or a list of property names. */
  jsonSchemaPropsOrStringArray: unknown
}

export type ScalarType = keyof Scalars

/** Whether a stored object is sure to have the field: it is required, or defaulting fills it in. */
export type Presence = 'optional' | 'required' | 'defaulted'

/**
 * What becomes of a zero value (empty string, 0, false, empty list or map) in JSON:
 * `dropped`: it means the same as leaving the field out, and is left out.
 * `kept`: it differs from absence, and both are kept (a pointer in Go).
 * `written`: the field is always there, its zero value included.
 */
export type Zero = 'dropped' | 'kept' | 'written'

export type ListType = 'atomic' | 'set' | 'map'

/** All that is declared of one field. */
export interface FieldInfo {
  readonly type: ScalarType | 'message'
  readonly shape: 'single' | 'list' | 'map'
  /** The message's class, for type `message`. A function, so that types may contain themselves. */
  readonly of?: () => MessageClass
  /** The protobuf tag; 0 keeps the field off the protobuf wire. */
  readonly tag: number
  /** Protobuf nests the field in sub-messages with these tags, outermost first, although JSON is flat. */
  readonly within?: readonly number[]
  readonly doc: string
  readonly presence: Presence
  readonly zero: Zero
  readonly default?: unknown
  /** OpenAPI tells the default. Most of Kubernetes' defaults are applied without being told there. */
  readonly defaultTold?: boolean
  /** The closed set of values. */
  readonly enum?: readonly string[]
  readonly min?: number
  readonly max?: number
  readonly nonEmpty?: boolean
  readonly immutable?: boolean
  readonly deprecated?: boolean
  readonly listType?: ListType
  /** The fields that identify an item of a list of type `map`. */
  readonly mapKeys?: readonly string[]
  /** The map or message is replaced as a whole by server-side apply. */
  readonly atomic?: boolean
  /** Strategic merge patch: `merge`, `replace`, `retainKeys`, or two of them. */
  readonly patchStrategy?: string
  readonly patchMergeKey?: string
  /** This field tells which of the union's other fields is set. */
  readonly discriminator?: boolean
}

/** A closed set of values in the place of strings: one, a list or a map of them. */
type OneOf<T, V> = T extends string
  ? V
  : T extends readonly unknown[]
    ? readonly V[]
    : Readonly<Record<string, V>>

/** One field of a message: a builder whose calls return a changed copy. `T` is the stored value. */
export class Field<T, P extends Presence = 'optional'> {
  declare readonly stored: T
  declare readonly presence: P
  readonly info: FieldInfo

  constructor(info: FieldInfo) {
    this.info = info
  }

  #with<U = T, Q extends Presence = P>(more: Partial<FieldInfo>): Field<U, Q> {
    return new Field<U, Q>({ ...this.info, ...more })
  }

  /** OpenAPI lists the field as required, and its zero value is written. Validation code decides what is refused. */
  required(): Field<T, 'required'> {
    return this.#with({ presence: 'required', zero: 'written' })
  }
  /** As `required()`, but the zero value is not written (`omitempty` in Go). */
  requiredDropped(): Field<T, 'required'> {
    return this.#with({ presence: 'required', zero: 'dropped' })
  }
  /** As `required()`, but a missing value stays missing (a pointer in Go). */
  requiredPointer(): Field<T, 'required'> {
    return this.#with({ presence: 'required', zero: 'kept' })
  }
  /** Filled in when absent. */
  default(value: T): Field<T, 'defaulted'> {
    return this.#with({ presence: 'defaulted', default: value })
  }
  /** OpenAPI tells the default too. */
  told(): Field<T, P> {
    return this.#with({ defaultTold: true })
  }
  /** The zero value differs from absence. */
  pointer(): Field<T, P> {
    return this.#with({ zero: 'kept' })
  }
  /** Always there: absent means zero, and zero is written. */
  written(): Field<T, 'defaulted'> {
    return this.#with({ presence: 'defaulted', zero: 'written' })
  }
  oneOf<const V extends readonly string[]>(...values: V): Field<OneOf<T, V[number]>, P> {
    return this.#with({ enum: values })
  }
  min(min: number): Field<T, P> {
    return this.#with({ min })
  }
  max(max: number): Field<T, P> {
    return this.#with({ max })
  }
  /** Refused when absent or empty: `Required value`. */
  nonEmpty(): Field<T, P> {
    return this.#with({ nonEmpty: true })
  }
  immutable(): Field<T, P> {
    return this.#with({ immutable: true })
  }
  deprecated(): Field<T, P> {
    return this.#with({ deprecated: true })
  }
  /** A list whose items are told apart by `keys`: server-side apply merges them one by one. */
  mapKeys(...keys: readonly string[]): Field<T, P> {
    return this.#with({ listType: 'map', mapKeys: keys })
  }
  /** A list without order or duplicates. */
  set(): Field<T, P> {
    return this.#with({ listType: 'set' })
  }
  /** Replaced as a whole by server-side apply: what a list is anyway, though not all say so. */
  atomic(): Field<T, P> {
    return this.#with(isList(this.info) ? { listType: 'atomic' } : { atomic: true })
  }
  /** How strategic merge patch treats the field. */
  patch(patchStrategy: string, patchMergeKey?: string): Field<T, P> {
    return this.#with({ patchStrategy, ...(patchMergeKey !== undefined && { patchMergeKey }) })
  }
  /** Protobuf nests the field in sub-messages with these tags, outermost first (embedded structs in Go). */
  within(...tags: readonly number[]): Field<T, P> {
    return this.#with({ within: tags })
  }
  discriminator(): Field<T, P> {
    return this.#with({ discriminator: true })
  }
}

/** Bytes are a list in Go, and may say so. */
function isList({ shape, type }: FieldInfo): boolean {
  return shape === 'list' || (shape === 'single' && type === 'bytes')
}

type Declare<S extends ScalarType> = (tag: number, doc: string) => Field<Scalars[S]>

function scalar<S extends ScalarType>(type: S): Declare<S> {
  return (tag, doc) =>
    new Field({ type, shape: 'single', tag, doc, presence: 'optional', zero: 'dropped' })
}

export const string: Declare<'string'> = scalar('string')
export const bool: Declare<'bool'> = scalar('bool')
export const int32: Declare<'int32'> = scalar('int32')
export const int64: Declare<'int64'> = scalar('int64')
export const double: Declare<'double'> = scalar('double')
export const bytes: Declare<'bytes'> = scalar('bytes')
export const quantity: Declare<'quantity'> = scalar('quantity')
export const intOrString: Declare<'intOrString'> = scalar('intOrString')
export const time: Declare<'time'> = scalar('time')
export const microTime: Declare<'microTime'> = scalar('microTime')
export const duration: Declare<'duration'> = scalar('duration')
export const rawExtension: Declare<'rawExtension'> = scalar('rawExtension')
export const fieldsV1: Declare<'fieldsV1'> = scalar('fieldsV1')
export const json: Declare<'json'> = scalar('json')
export const stringList: Declare<'stringList'> = scalar('stringList')
export const jsonSchemaPropsOrArray: Declare<'jsonSchemaPropsOrArray'> =
  scalar('jsonSchemaPropsOrArray')
export const jsonSchemaPropsOrBool: Declare<'jsonSchemaPropsOrBool'> =
  scalar('jsonSchemaPropsOrBool')

type Class<T> = MessageClass & { new (): T }
type Of<E> = E extends ScalarType ? Scalars[E] : E extends Class<infer T> ? T : never

/** A message within a message. */
export function ref<T>(of: Class<T>, tag: number, doc: string): Field<T> {
  return new Field({
    ...element(of),
    shape: 'single',
    tag,
    doc,
    presence: 'optional',
    zero: 'kept',
  })
}

/** A message that contains itself, or one declared later. */
export function lazyRef<T>(of: () => MessageClass, tag: number, doc: string): Field<T> {
  return new Field({
    type: 'message',
    of,
    shape: 'single',
    tag,
    doc,
    presence: 'optional',
    zero: 'kept',
  })
}

export function listOf<E extends ScalarType | Class<unknown>>(
  of: E,
  tag: number,
  doc: string,
): Field<readonly Of<E>[]> {
  return new Field({
    ...element(of),
    shape: 'list',
    tag,
    doc,
    presence: 'optional',
    zero: 'dropped',
  })
}

export function lazyListOf<T>(
  of: () => MessageClass,
  tag: number,
  doc: string,
): Field<readonly T[]> {
  return new Field({
    type: 'message',
    of,
    shape: 'list',
    tag,
    doc,
    presence: 'optional',
    zero: 'dropped',
  })
}

export function mapOf<E extends ScalarType | Class<unknown>>(
  of: E,
  tag: number,
  doc: string,
): Field<Readonly<Record<string, Of<E>>>> {
  return new Field({
    ...element(of),
    shape: 'map',
    tag,
    doc,
    presence: 'optional',
    zero: 'dropped',
  })
}

export function lazyMapOf<T>(
  of: () => MessageClass,
  tag: number,
  doc: string,
): Field<Readonly<Record<string, T>>> {
  return new Field({
    type: 'message',
    of,
    shape: 'map',
    tag,
    doc,
    presence: 'optional',
    zero: 'dropped',
  })
}

function element(of: ScalarType | MessageClass): Pick<FieldInfo, 'type' | 'of'> {
  return typeof of === 'string' ? { type: of } : { type: 'message', of: () => of }
}
