import { dns1123SubdomainProblems } from '../../apimachinery/names.ts'
import {
  atField,
  atIndex,
  type FieldError,
  invalid,
  required,
  unsupported,
} from '../../schema/field-error.ts'
import { decodeConfiguration } from '../base/decode-configuration.ts'
import { refuse } from '../base/refuse.ts'
import { LEVELS, type Level, type Stage, STAGES } from './audit-event.ts'
import type { AuditPolicy, GroupResources, PolicyRule } from './audit-policy.ts'
import { Policy } from './audit-policy-types.ts'

const KIND = { group: 'audit.k8s.io', kind: 'Policy', versions: ['v1'] }

/** Reads an audit policy. Throws an Error that names all that is wrong with it. */
export function parseAuditPolicy(yaml: string): AuditPolicy {
  const given = decodeConfiguration(yaml, Policy, KIND)
  const policy: AuditPolicy = {
    rules: (given.rules ?? []).map(ruleOf),
    omitStages: (given.omitStages ?? []) as readonly Stage[],
    omitManagedFields: given.omitManagedFields ?? false,
  }
  const errors = [
    ...stageProblems('omitStages', policy.omitStages),
    ...policy.rules.flatMap((rule, i) => ruleProblems(atIndex('rules', i), rule)),
  ]
  refuse(errors)
  if (policy.rules.length === 0) throw new Error('loaded illegal policy with 0 rules')
  return policy
}

type GivenRule = NonNullable<Policy['rules']>[number]

function ruleOf({ level, omitManagedFields, resources = [], ...lists }: GivenRule): PolicyRule {
  return {
    users: [],
    userGroups: [],
    verbs: [],
    namespaces: [],
    nonResourceURLs: [],
    ...lists,
    level: (level ?? '') as Level,
    omitStages: (lists.omitStages ?? []) as readonly Stage[],
    omitManagedFields,
    resources: resources.map((each) => ({ group: '', resources: [], resourceNames: [], ...each })),
  }
}

function ruleProblems(path: string, rule: PolicyRule): readonly FieldError[] {
  const { namespaces, nonResourceURLs: urls, resources } = rule
  const urlsPath = atField(path, 'nonResourceURLs')
  const isMixed = urls.length > 0 && (resources.length > 0 || namespaces.length > 0)
  const mixed = 'rules cannot apply to both regular resources and non-resource URLs'
  return [
    ...levelProblems(atField(path, 'level'), rule.level),
    ...urls.flatMap((url, i) => urlProblems(atIndex(urlsPath, i), url)),
    ...resources.flatMap((each, i) => groupProblems(atIndex(atField(path, 'resources'), i), each)),
    ...stageProblems(atField(path, 'omitStages'), rule.omitStages),
    ...(isMixed ? [invalid(urlsPath, urls, mixed)] : []),
  ]
}

function levelProblems(path: string, level: string): readonly FieldError[] {
  if (level === '') return [required(path)]
  return (LEVELS as readonly string[]).includes(level) ? [] : [unsupported(path, level, LEVELS)]
}

function urlProblems(path: string, url: string): readonly FieldError[] {
  if (url === '*') return []
  const problems: FieldError[] = []
  if (!url.startsWith('/'))
    problems.push(invalid(path, url, "non-resource URL rules must begin with a '/' character"))
  if (url.slice(0, -1).includes('*')) {
    const text = "non-resource URL wildcards '*' must be the final character of the rule"
    problems.push(invalid(path, url, text))
  }
  return problems
}

function groupProblems(
  path: string,
  { group, resources, resourceNames }: GroupResources,
): readonly FieldError[] {
  const problems: FieldError[] = []
  const wrong = group === '' ? [] : dns1123SubdomainProblems(group)
  if (wrong.length > 0) problems.push(invalid(atField(path, 'group'), group, wrong.join(',')))
  if (resourceNames.length > 0 && resources.length === 0) {
    const text = 'using resourceNames requires at least one resource'
    problems.push(invalid(atField(path, 'resourceNames'), resourceNames, text))
  }
  return problems
}

function stageProblems(path: string, stages: readonly string[]): readonly FieldError[] {
  return stages.flatMap((stage, i) =>
    (STAGES as readonly string[]).includes(stage)
      ? []
      : [invalid(atIndex(path, i), stage, `allowed stages are ${STAGES.join(',')}`)],
  )
}
