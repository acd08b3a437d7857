import {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../../api/admissionregistration/v1/index.ts'
import { encodeJson } from '../../../schema/json.ts'
import type { ServedKind } from '../../registry/served-kind.ts'
import type { AdmissionEnvironment } from '../environment.ts'
import { isConfiguration, isReview } from '../matching/exempt.ts'
import { followed } from '../matching/followed.ts'
import type { Versions } from '../matching/versions.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { shown } from '../webhook/hook.ts'
import { policyRefusal } from './policy-refusal.ts'
import { matchedBy } from './match-policy.ts'
import { ConfigurationError, paramsOf } from './params.ts'
import { policyVariables } from './policy-variables.ts'
import {
  compileValidating,
  type CompiledValidatingPolicy,
} from '../../../cel/admission/compile-validating-policy.ts'
import { policyMetrics, type CountCheck } from './policy-metrics.ts'
import { judge, type Check, type Finding, type Verdict } from './validation.ts'

const ACTION_LABELS: Readonly<Record<string, 'audit' | 'deny' | 'warn'>> = {
  Audit: 'audit',
  Deny: 'deny',
  Warn: 'warn',
}
const FAILURE_ANNOTATION = 'validation.policy.admission.k8s.io/validation_failure'

type Binding = ValidatingAdmissionPolicyBinding

/** Judges requests by the ValidatingAdmissionPolicies that are bound (KEP-3488). */
export function validatingPolicies(env: AdmissionEnvironment, versions: Versions): AdmissionPlugin {
  const means = { env, versions, count: policyMetrics(env.metrics) }
  const compiled = new WeakMap<ValidatingAdmissionPolicy, CompiledValidatingPolicy>()
  const policies = followed(env.live, ValidatingAdmissionPolicy, env.clock, (all) =>
    all.map((each) => compiled.getOrInsertComputed(each, () => compileValidating(each))),
  )
  const bindings = followed(env.live, ValidatingAdmissionPolicyBinding, env.clock, (all) =>
    Map.groupBy(all, ({ spec }) => spec.policyName ?? ''),
  )
  return {
    name: 'ValidatingAdmissionPolicy',
    operations: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'],
    async validate(attributes) {
      if (isConfiguration(attributes) || isReview(attributes)) return
      const all = (await policies.current(attributes)) ?? []
      if (all.length === 0) return
      const bound = (await bindings.current(attributes)) ?? new Map<string, Binding[]>()
      const denials: Denial[] = []
      for (const policy of all) {
        const own = bound.get(policy.policy.metadata.name) ?? []
        if (own.length > 0) denials.push(...(await apply(policy, own, attributes, means)))
      }
      const [first] = denials
      if (first) throw policyRefusal(attributes, first.message, first.reason)
    },
  }
}

interface Means {
  readonly env: AdmissionEnvironment
  readonly versions: Versions
  readonly count: CountCheck
}

interface Denial {
  readonly message: string
  readonly reason: string
}

async function apply(
  compiled: CompiledValidatingPolicy,
  bindings: readonly Binding[],
  attributes: AdmissionAttributes,
  means: Means,
): Promise<readonly Denial[]> {
  const { env, count } = means
  const { spec, metadata } = compiled.policy
  const matched = await matchedBy(spec.matchConstraints, attributes, env)
  if (!matched) return []
  const denials: Denial[] = []
  for (const binding of bindings) {
    if (!(await matchedBy(binding.spec.matchResources, attributes, env))) continue
    const { findings, ignored } = await findingsOf(compiled, binding, matched, attributes, means)
    const { validationActions: actions } = binding.spec
    const where = `ValidatingAdmissionPolicy '${metadata.name}' with binding '${binding.metadata.name}'`
    const counted = (action: 'allow' | 'audit' | 'deny' | 'warn', check: Check | undefined): void =>
      check && count(metadata.name, binding.metadata.name, action, check)
    for (const check of ignored) counted('allow', check)
    for (const { message, reason, expressionIndex, check } of findings) {
      const isRefused = expressionIndex === undefined || actions.includes('Deny')
      if (isRefused) denials.push({ reason, message: `${where} denied request: ${message}` })
      else if (actions.includes('Warn'))
        attributes.warn(`Validation failed for ${where}: ${message}`)
      for (const action of actions) counted(ACTION_LABELS[action] ?? 'deny', check)
    }
    if (actions.includes('Audit')) auditFindings(compiled, binding, findings, attributes)
  }
  return denials
}

async function findingsOf(
  compiled: CompiledValidatingPolicy,
  { spec: { paramRef } }: Binding,
  matched: ServedKind,
  attributes: AdmissionAttributes,
  { env, versions }: Means,
): Promise<Pick<Verdict, 'findings' | 'ignored'>> {
  const { paramKind, failurePolicy } = compiled.policy.spec
  try {
    const invocation = await shown(attributes, matched, versions)
    const findings: Finding[] = []
    const ignored: Check[] = []
    for (const params of await paramsOf(paramKind, paramRef, attributes, env)) {
      const variables = await policyVariables(attributes, invocation, params, env)
      const verdict = await judge(compiled, variables, env)
      findings.push(...verdict.findings)
      ignored.push(...verdict.ignored)
      for (const [key, value] of Object.entries(verdict.annotations))
        attributes.annotate?.(key, value)
    }
    return { findings, ignored }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const problem = { message: error.message, reason: 'Invalid' }
    return { findings: failurePolicy === 'Ignore' ? [] : [problem], ignored: [] }
  }
}

function auditFindings(
  { policy }: CompiledValidatingPolicy,
  { metadata, spec }: Binding,
  findings: readonly Finding[],
  { annotate }: Pick<AdmissionAttributes, 'annotate'>,
): void {
  const values = findings.map(({ message, expressionIndex }) => ({
    message,
    policy: policy.metadata.name,
    binding: metadata.name,
    expressionIndex,
    validationActions: spec.validationActions,
  }))
  if (values.length > 0) annotate?.(FAILURE_ANNOTATION, encodeJson(values))
}
