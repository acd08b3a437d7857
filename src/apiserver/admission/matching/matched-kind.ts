import type { Registry } from '../../registry/registry.ts'
import type { ServedKind } from '../../registry/served-kind.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import { ruleMatches, type Rule } from './rules.ts'

/**
 * The version of the resource that a webhook or policy asks for: that of the request where a rule names it, or else
 * another one of the same objects, unless the rules are to be taken literally. Undefined where no rule matches.
 */
export function matchedKind(
  rules: readonly Rule[] = [],
  matchPolicy: string | undefined,
  attributes: AdmissionAttributes,
  registry: Registry,
): ServedKind | undefined {
  const { served } = attributes
  const match = (rule: Rule, { type }: ServedKind): boolean =>
    ruleMatches(rule, attributes, type.resource)
  if (rules.some((rule) => match(rule, served))) return served
  if (matchPolicy === 'Exact') return undefined
  const others = equivalents(attributes, registry)
  for (const rule of rules) {
    const found = others.find((each) => match(rule, each))
    if (found) return found
  }
  return undefined
}

// What is stored in the same place is the same resource, by whatever group and version it is served. Not every version
// needs to have the subresource.
function equivalents(
  { served, subresource }: AdmissionAttributes,
  registry: Registry,
): readonly ServedKind[] {
  const has = ({ type }: ServedKind): boolean =>
    subresource === '' || type.resource.subresources.some(({ name }) => name === subresource)
  return registry
    .all()
    .filter((each) => each !== served && each.resource.prefix === served.resource.prefix)
    .filter(has)
}
