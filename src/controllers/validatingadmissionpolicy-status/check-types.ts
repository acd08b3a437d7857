import type { ValidatingAdmissionPolicy } from '../../api/admissionregistration/v1/index.ts'
import { formatGroupVersionKind, parseApiVersion } from '../../apimachinery/gvk.ts'
import { compileValidating } from '../../cel/admission/compile-validating-policy.ts'
import type { CompiledExpression } from '../../cel/admission/expressions.ts'
import { resourceType } from '../../cel/admission/resource-type.ts'
import type { ResourceClass } from '../../schema/resource.ts'

const TYPES_MAX = 10

export interface ExpressionWarning {
  readonly fieldRef: string
  readonly warning: string
}

/** Compiles the expressions of a policy for each kind that it names, and tells where they do not fit. */
export function checkTypes(
  policy: ValidatingAdmissionPolicy,
  builtIn: readonly ResourceClass[],
): readonly ExpressionWarning[] {
  const texts = new Map<string, string>()
  const paramsType = paramsTypeOf(policy, builtIn)
  for (const type of matchedTypes(policy, builtIn)) {
    const object = resourceType(type)
    if (!object) continue
    const { validations } = compileValidating(policy, {
      object,
      ...(paramsType && { paramsType }),
    })
    const note = (fieldRef: string, program: CompiledExpression | undefined): void => {
      if (!program || !('problem' in program)) return
      const reason = program.problem.replace(/^compilation failed: /, '')
      const text = `${formatGroupVersionKind(type.resource)}: ${reason}\n`
      texts.set(fieldRef, (texts.get(fieldRef) ?? '') + text)
    }
    for (const [i, { program, message }] of validations.entries()) {
      note(`spec.validations[${i}].expression`, program)
      note(`spec.validations[${i}].messageExpression`, message)
    }
  }
  return [...texts].map(([fieldRef, warning]) => ({ fieldRef, warning }))
}

function paramsTypeOf(
  { spec: { paramKind } }: ValidatingAdmissionPolicy,
  builtIn: readonly ResourceClass[],
): ReturnType<typeof resourceType> {
  if (!paramKind) return undefined
  const { group, version } = parseApiVersion(paramKind.apiVersion ?? '')
  const type = builtIn.find(({ resource }) => {
    return (
      resource.group === group && resource.version === version && resource.kind === paramKind.kind
    )
  })
  return type && resourceType(type)
}

/** The kinds that rules name one by one; what wildcards stand for is not looked at. */
export function matchedTypes(
  { spec: { matchConstraints } }: ValidatingAdmissionPolicy,
  builtIn: readonly ResourceClass[],
): readonly ResourceClass[] {
  const rules = (matchConstraints?.resourceRules ?? []).filter(
    ({ apiGroups = [], apiVersions = [] }) =>
      !apiGroups.includes('*') && !apiVersions.includes('*'),
  )
  const matches = ({ resource: { group, version, plural } }: ResourceClass): boolean =>
    rules.some(
      ({ apiGroups = [], apiVersions = [], resources = [] }) =>
        apiGroups.includes(group) && apiVersions.includes(version) && resources.includes(plural),
    )
  return builtIn.filter(matches).slice(0, TYPES_MAX)
}
