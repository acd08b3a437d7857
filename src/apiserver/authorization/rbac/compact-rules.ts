import { quote } from '../../../apimachinery/go-format.ts'
import type { Rule } from '../../bootstrap-policy/rules.ts'

/** Joins rules of one resource that differ only in their verbs. */
export function compactRules(rules: readonly Rule[]): readonly Rule[] {
  const joined = new Map<string, Rule>()
  const others: Rule[] = []
  for (const rule of rules) {
    const key = keyOf(rule)
    const before = key === undefined ? undefined : joined.get(key)
    if (key === undefined) others.push(rule)
    else joined.set(key, before ? { ...rule, verbs: [...before.verbs, ...rule.verbs] } : rule)
  }
  return [...others, ...joined.values()]
}

function keyOf(rule: Rule): string | undefined {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule
  const isSimple =
    apiGroups.length === 1 &&
    resources.length === 1 &&
    resourceNames.length <= 1 &&
    nonResourceURLs.length === 0
  return isSimple ? JSON.stringify([apiGroups, resources, resourceNames]) : undefined
}

/** A rule as error messages show it: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`. */
export function describeRule(rule: Rule): string {
  const fields = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ] as const
  const parts = fields.flatMap(([name, values = []]) =>
    values.length === 0 ? [] : [`${name}:[${values.map(quote).join(' ')}]`],
  )
  return `{${parts.join(', ')}}`
}
