import type { ValidatingAdmissionPolicy } from '../../api/admissionregistration/v1/index.ts'
import { formatGroupVersionKind, parseApiVersion } from '../../apimachinery/gvk.ts'
import { compileValidating } from '../../cel/admission/compile-validating-policy.ts'
import type { CompiledExpression } from '../../cel/admission/expressions.ts'
import type { DeclaredType } from '../../cel/index.ts'
import type { CheckedKind } from './checked-kinds.ts'

const TYPES_MAX = 10

export interface ExpressionWarning {
  readonly fieldRef: string
  readonly warning: string
}

/** Compiles the expressions of a policy for each kind that it names, and tells where they do not fit. */
export function checkTypes(
  policy: ValidatingAdmissionPolicy,
  kinds: readonly CheckedKind[],
): readonly ExpressionWarning[] {
  const texts = new Map<string, string[]>()
  const paramsType = paramsTypeOf(policy, kinds)
  for (const kind of matchedKinds(policy, kinds)) {
    const object = kind.type()
    if (!object) continue
    const { validations } = compileValidating(policy, {
      object,
      ...(paramsType && { paramsType }),
    })
    const note = (fieldRef: string, program: CompiledExpression | undefined): void => {
      if (!program || !('problem' in program)) return
      const reason = program.problem.replace(/^compilation failed: /, '')
      const text = `${formatGroupVersionKind(kind.resource)}: ${reason}\n`
      texts.set(fieldRef, [...(texts.get(fieldRef) ?? []), text])
    }
    for (const [i, { program, message }] of validations.entries()) {
      note(`spec.validations[${i}].expression`, program)
      note(`spec.validations[${i}].messageExpression`, message)
    }
  }
  return [...texts].map(([fieldRef, all]) => ({ fieldRef, warning: all.join('\n') }))
}

function paramsTypeOf(
  { spec: { paramKind } }: ValidatingAdmissionPolicy,
  kinds: readonly CheckedKind[],
): DeclaredType | undefined {
  if (!paramKind) return undefined
  const { group, version } = parseApiVersion(paramKind.apiVersion ?? '')
  const found = kinds.find(({ resource }) => {
    return (
      resource.group === group && resource.version === version && resource.kind === paramKind.kind
    )
  })
  return found?.type()
}

/** The kinds that rules name one by one; what wildcards stand for is not looked at. */
function matchedKinds(
  { spec: { matchConstraints } }: ValidatingAdmissionPolicy,
  kinds: readonly CheckedKind[],
): readonly CheckedKind[] {
  const rules = (matchConstraints?.resourceRules ?? []).filter(
    ({ apiGroups = [], apiVersions = [] }) =>
      !apiGroups.includes('*') && !apiVersions.includes('*'),
  )
  const matches = ({ resource: { group, version, plural } }: CheckedKind): boolean =>
    rules.some(
      ({ apiGroups = [], apiVersions = [], resources = [] }) =>
        apiGroups.includes(group) && apiVersions.includes(version) && resources.includes(plural),
    )
  return kinds.filter(matches).toSorted(byName).slice(0, TYPES_MAX)
}

function byName({ resource: a }: CheckedKind, { resource: b }: CheckedKind): number {
  const [left, right] = [a, b].map(({ group, version, kind }) => [group, version, kind].join('\0'))
  return left! < right! ? -1 : 1
}

/** The groups that rules or parameters of a policy are of. */
export function groupsOf({
  spec: { matchConstraints, paramKind },
}: ValidatingAdmissionPolicy): ReadonlySet<string> {
  const rules = matchConstraints?.resourceRules ?? []
  return new Set([
    ...rules.flatMap(({ apiGroups = [] }) => apiGroups),
    ...(paramKind ? [parseApiVersion(paramKind.apiVersion ?? '').group] : []),
  ])
}
