import { withDefaults } from '../schema/defaults.ts'
import type { FieldError } from '../schema/field-error.ts'
import type { MessageClass } from '../schema/message.ts'
import type { ResourceClass } from '../schema/resource.ts'
import { validateDeclared } from '../schema/validate.ts'
import { zeroOf } from '../schema/zero.ts'
import { withField } from './change.ts'
import type { ObjectMeta } from './meta/v1/object-meta.ts'
import {
  asFirstGeneration,
  asNextGeneration,
  keepField,
  keepMetadataFields,
} from './preparation.ts'
import { semanticEqual } from './semantic-equal.ts'
import type { Strategy, UpdateStrategy } from './strategy.ts'
import { NONE } from './validation/rules.ts'

/** What most kinds have. */
interface SpecAndStatus {
  readonly metadata: ObjectMeta
  readonly spec?: unknown
  readonly status?: unknown
}

type Preparation<T> = Required<Pick<Strategy<T>, 'prepareForCreate' | 'prepareForUpdate'>>

export interface PreparationOptions<T> {
  /** What makes a new generation. Default: a change of the spec. */
  readonly isNewGeneration?: (object: T, old: T) => boolean
}

/** Preparation of a kind whose status only its controller writes, and whose generation counts changes of the spec. */
export function preparation<T extends SpecAndStatus>(
  type: ResourceClass<T>,
  { isNewGeneration = hasNewSpec(type) }: PreparationOptions<T> = {},
): Preparation<T> {
  return {
    prepareForCreate: (object) => asFirstGeneration(withoutStatus(type, object)),
    prepareForUpdate: (object, old) => {
      const kept = keepField(object, old, 'status')
      return asNextGeneration(kept, old, isNewGeneration(kept, old))
    },
  }
}

/** Preparation of a kind whose status only its controller writes, and which counts no generations. */
export function statusPreparation<T extends SpecAndStatus>(type: ResourceClass<T>): Preparation<T> {
  return {
    prepareForCreate: (object) => withoutStatus(type, object),
    prepareForUpdate: (object, old) => keepField(object, old, 'status'),
  }
}

/** Preparation of a kind without a status that counts changes of some fields. */
export function generationPreparation<T extends { readonly metadata: ObjectMeta }>(
  isNewGeneration: (object: T, old: T) => boolean,
): Preparation<T> {
  return {
    prepareForCreate: asFirstGeneration,
    prepareForUpdate: (object, old) => asNextGeneration(object, old, isNewGeneration(object, old)),
  }
}

/** Whether the spec has changed, other than in the way it is written. */
export function hasNewSpec<T extends SpecAndStatus>(
  type: ResourceClass<T>,
): (object: T, old: T) => boolean {
  const of = type.fields['spec']?.info.of
  return ({ spec }, old) => of !== undefined && !semanticEqual(classOf(of()), spec, old.spec)
}

function classOf(message: MessageClass): MessageClass & { new (): unknown } {
  return message as MessageClass & { new (): unknown }
}

/** The object with the status that a new one has. */
export function withoutStatus<T extends SpecAndStatus>(type: ResourceClass<T>, object: T): T {
  const info = type.fields['status']?.info
  if (!info) return object
  if (info.zero !== 'written') return withField(object, 'status', undefined)
  const empty = withDefaults(classOf(info.of!()), zeroOf(info)) as T['status']
  return withField(object, 'status', empty)
}

/** The `status` subresource of a kind: everything but the status stays, labels and annotations included where told. */
export function statusStrategy<T extends SpecAndStatus>(
  validateUpdate: (object: T, old: T) => FieldError[] = () => NONE,
  { keep = [] }: { readonly keep?: readonly (keyof ObjectMeta)[] } = {},
): UpdateStrategy<T> {
  return {
    prepareForUpdate: (object, old) =>
      keepMetadataFields(keepField(object, old, 'spec'), old, 'generation', ...keep),
    validateUpdate,
  }
}

/** The rules of a kind that has none of its own: what its declaration says, a status and generations where it has them. */
export function genericStrategy<T extends SpecAndStatus>(type: ResourceClass<T>): Strategy<T> {
  const hasStatus = type.fields['status'] !== undefined
  return {
    ...(type.fields['spec'] ? preparation(type) : {}),
    validateCreate: (object) => validateDeclared(type, object, ''),
    validateUpdate: (object, old) => validateDeclared(type, object, '', old),
    ...(hasStatus && {
      status: statusStrategy<T>((object, old) => validateDeclared(type, object, '', old)),
    }),
  }
}
