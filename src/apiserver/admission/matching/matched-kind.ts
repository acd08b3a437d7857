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
  const matchesAs = ({ type }: ServedKind): boolean =>
    rules.some((rule) => ruleMatches(rule, attributes, type.resource))
  if (matchesAs(served)) return served
  if (matchPolicy === 'Exact') return undefined
  return equivalents(served, registry).find(matchesAs)
}

// What is stored in the same place is the same resource, by whatever group and version it is served.
function equivalents(served: ServedKind, registry: Registry): readonly ServedKind[] {
  return registry
    .all()
    .filter((each) => each !== served && each.resource.prefix === served.resource.prefix)
}
