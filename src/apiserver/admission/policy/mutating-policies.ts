import { Scale } from '../../../api/autoscaling/v1/scale.ts'
import { messageType } from '../../../apimachinery/managed-fields/message-type.ts'
import {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
} from '../../../api/admissionregistration/v1/index.ts'
import { DecodeError } from '../../../schema/decode.ts'
import { equal } from '../../../apimachinery/equality.ts'
import { RUNTIME_BUDGET } from '../../../cel/index.ts'
import type { ManagedTypes } from '../../pipeline/field-manager.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import type { ServedKind } from '../../registry/served-kind.ts'
import type { AdmissionEnvironment } from '../environment.ts'
import { isConfiguration, isReview } from '../matching/exempt.ts'
import { Budget, conditionsHold } from '../matching/expressions.ts'
import { followed } from '../matching/followed.ts'
import type { Versions } from '../matching/versions.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { unchanged } from '../plugins/about.ts'
import { shown } from '../webhook/hook.ts'
import { activate } from './activation.ts'
import { matchedBy } from './match-policy.ts'
import { compileMutating, mutate, MutationError, type CompiledMutatingPolicy } from './mutation.ts'
import { ConfigurationError, paramsOf } from './params.ts'
import { policyRefusal } from './policy-refusal.ts'
import { policyVariables } from './policy-variables.ts'

type Json = Readonly<Record<string, unknown>>
type Binding = MutatingAdmissionPolicyBinding

const NAME = 'MutatingAdmissionPolicy'

interface Means {
  readonly env: AdmissionEnvironment
  readonly versions: Versions
  readonly managedTypeOf: ManagedTypes
}

/** Changes objects by the MutatingAdmissionPolicies that are bound (KEP-3962). */
export function mutatingPolicies(means: Means): AdmissionPlugin {
  const { live, clock } = means.env
  const compiled = new WeakMap<MutatingAdmissionPolicy, CompiledMutatingPolicy>()
  const policies = followed(live, MutatingAdmissionPolicy, clock, (all) =>
    all.map((each) => compiled.getOrInsertComputed(each, () => compileMutating(each))),
  )
  const bindings = followed(live, MutatingAdmissionPolicyBinding, clock, (all) =>
    Map.groupBy(all, ({ spec }) => spec.policyName ?? ''),
  )
  return {
    name: NAME,
    operations: ['CREATE', 'UPDATE', 'CONNECT'],
    async admit(attributes) {
      if (isConfiguration(attributes) || isReview(attributes)) return unchanged(attributes)
      const all = (await policies.current(attributes)) ?? []
      if (all.length === 0) return unchanged(attributes)
      const bound = (await bindings.current(attributes)) ?? new Map<string, Binding[]>()
      const turn = attributes.reinvocation.of(NAME)
      turn.begin(attributes.object)
      let current = attributes
      for (const policy of all) {
        const ifNeeded = policy.policy.spec.reinvocationPolicy === 'IfNeeded'
        for (const binding of bound.get(policy.policy.metadata.name) ?? []) {
          const id = `${policy.policy.metadata.name}/${binding.metadata.name}`
          if (!turn.mayAsk(id)) continue
          const next = await mutateBy(policy, binding, current, means)
          if (!next) continue
          const changed = next.object !== current.object
          turn.asked(id, { changed, ifNeeded })
          current = next
        }
      }
      turn.end(current.object)
      return unchanged(current)
    },
  }
}

/** The request as a policy leaves it; undefined where the policy is not about it. */
async function mutateBy(
  compiled: CompiledMutatingPolicy,
  binding: Binding,
  attributes: AdmissionAttributes,
  means: Means,
): Promise<AdmissionAttributes | undefined> {
  const { spec, metadata } = compiled.policy
  const matched = await matchedBy(spec.matchConstraints, attributes, means.env)
  if (!matched || !(await matchedBy(binding.spec.matchResources, attributes, means.env)))
    return undefined
  try {
    const { paramKind } = spec
    let current = attributes
    for (const params of await paramsOf(paramKind, binding.spec.paramRef, attributes, means.env))
      current = await mutateWith(compiled, params, matched, current, means)
    return current
  } catch (error) {
    const isOfPolicy = [MutationError, ConfigurationError, DecodeError].some(
      (type) => error instanceof type,
    )
    if (!isOfPolicy) throw error
    if (spec.failurePolicy === 'Ignore') return attributes
    const where = `policy '${metadata.name}' with binding '${binding.metadata.name}'`
    const { message } = error as Error
    throw policyRefusal(attributes, `${where} denied request: ${message}`, 'Invalid')
  }
}

async function mutateWith(
  { base, mutations }: CompiledMutatingPolicy,
  params: ApiObject | null,
  matched: ServedKind,
  attributes: AdmissionAttributes,
  { env, versions, managedTypeOf }: Means,
): Promise<AdmissionAttributes> {
  let current = attributes
  const first = await shown(current, matched, versions)
  const variables = await policyVariables(current, first, params, env)
  const holds = await conditionsHold(base.conditions, variables, env.pause)
  if (holds === false) return attributes
  if (holds !== true) throw new MutationError(holds.error)
  const budget = new Budget(RUNTIME_BUDGET, env.pause)
  for (const mutation of mutations) {
    const { object } = await shown(current, matched, versions)
    if (!object) return current
    // Each mutation sees what those before it made.
    const activation = activate(base, { ...variables, object }, budget)
    const schema = isScale(object) ? SCALE_SCHEMA : managedTypeOf(matched, '').schema
    const result = await mutate(mutation, object, schema, activation)
    if (equal(result, object)) continue
    const accepted = await versions.accept(object, result, current.served, matched)
    current = { ...current, object: accepted }
  }
  return current
}

const SCALE_SCHEMA = messageType(Scale)

// The one subresource that may be changed and is of a kind of its own.
function isScale({ kind, apiVersion }: Json): boolean {
  return kind === 'Scale' && apiVersion === 'autoscaling/v1'
}
