import type { MutatingAdmissionPolicy } from '../../../api/admissionregistration/v1/index.ts'
import { merge } from '../../../apimachinery/managed-fields/merge.ts'
import {
  isObject,
  shapeOf,
  typeUnder,
  type TypeSchema,
} from '../../../apimachinery/managed-fields/type-schema.ts'
import { jsonPatch, type JsonPatchOperation } from '../../../apimachinery/patch/json-patch.ts'
import {
  celTypes,
  JSON_PATCH_TYPE,
  misplacedTypes,
  OBJECT_TYPE,
  toJson,
  type Value,
} from '../../../cel/index.ts'
import { compilePolicy, type PolicyBase } from '../../../cel/admission/compile-policy.ts'
import type { CompiledExpression, ExpressionScope } from '../../../cel/admission/expressions.ts'
import { evaluateWithin } from '../matching/expressions.ts'
import type { Activation } from './activation.ts'

type Json = Readonly<Record<string, unknown>>

export interface CompiledMutation {
  readonly type: 'ApplyConfiguration' | 'JSONPatch'
  readonly program: CompiledExpression
}

/** A mutating policy, compiled. */
export interface CompiledMutatingPolicy {
  readonly policy: MutatingAdmissionPolicy
  readonly base: PolicyBase
  readonly mutations: readonly CompiledMutation[]
}

export function compileMutating(
  policy: MutatingAdmissionPolicy,
  scope: ExpressionScope = {},
): CompiledMutatingPolicy {
  const base = compilePolicy(policy.spec, { ...scope, mutates: true })
  const { mutations = [] } = policy.spec
  return {
    policy,
    base,
    mutations: mutations.map(({ patchType, applyConfiguration, jsonPatch: patch }) =>
      patchType === 'JSONPatch'
        ? {
            type: 'JSONPatch',
            program: base.compile(patch?.expression ?? '', [celTypes.listOf(JSON_PATCH_TYPE)]),
          }
        : {
            type: 'ApplyConfiguration',
            program: base.compile(applyConfiguration?.expression ?? '', [OBJECT_TYPE]),
          },
    ),
  }
}

/** A mutation could not be made; the policy's failure policy decides what becomes of the request. */
export class MutationError extends Error {
  override readonly name = 'MutationError'
}

/** The object as a mutation makes it, not yet decoded. Throws `MutationError`. */
export async function mutate(
  { type, program }: CompiledMutation,
  object: Json,
  schema: TypeSchema,
  { variables, budget }: Activation,
): Promise<unknown> {
  const result = await evaluateWithin(program, variables, budget)
  if (!result.ok) throw new MutationError(result.error)
  try {
    return type === 'JSONPatch'
      ? patched(object, result.value)
      : applied(object, result.value, schema)
  } catch (error) {
    throw new MutationError((error as Error).message, { cause: error })
  }
}

function patched(object: Json, value: Value): unknown {
  try {
    return jsonPatch(object, toJson(value) as readonly JsonPatchOperation[])
  } catch (error) {
    // A test that fails means that the patch is not for this object.
    if (error instanceof Error && error.message.endsWith('test failed')) return object
    throw error
  }
}

function applied(object: Json, value: Value, schema: TypeSchema): unknown {
  const problems = misplacedTypes(value)
  if (problems.length > 0) throw new Error(`type mismatch: ${problems.join(', ')}`)
  const configuration = toJson(value) as Json
  const atomic = atomicPaths(schema, configuration, '')
  if (atomic.length > 0) {
    throw new Error(
      `invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomic.join(', ')}`,
    )
  }
  const { apiVersion, kind } = object
  return merge(schema, object, { ...configuration, apiVersion, kind })
}

/** Where a configuration would replace something as a whole that consists of parts. */
function atomicPaths(type: TypeSchema, value: unknown, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const shape = shapeOf(type, value)
  if (shape === 'leaf') return type.kind === 'any' && !type.atomic ? [] : [path]
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, inner]) => {
      const under = typeUnder(type, key)
      return under ? atomicPaths(under, inner, `${path}.${key}`) : []
    })
  }
  if (type.kind !== 'list' || !Array.isArray(value)) return []
  return value.flatMap((item: unknown) => atomicPaths(type.element(), item, path))
}
