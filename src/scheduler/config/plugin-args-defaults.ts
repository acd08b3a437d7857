import { withDefaults } from '../../schema/defaults.ts'
import { DEFAULT_RESOURCES } from '../plugins/node-resources/scoring-strategy.ts'
import { PLUGIN_ARGS, type PluginArgs, type PluginWithArgs } from './plugin-args.ts'

type Resources = PluginArgs['NodeResourcesBalancedAllocation']['resources']

/** A plugin's arguments with all that is left out filled in. */
export function withArgsDefaults<N extends PluginWithArgs>(
  name: N,
  args: PluginArgs[N],
): PluginArgs[N] {
  const filled = withDefaults(PLUGIN_ARGS[name], args)
  return DEFAULTING[name]?.(filled) ?? filled
}

/** The arguments of all plugins where nobody gives any. */
export function defaultPluginArgs(): PluginArgs {
  const names = Object.keys(PLUGIN_ARGS) as PluginWithArgs[]
  return Object.fromEntries(
    names.map((name) => [name, withArgsDefaults(name, {})]),
  ) as unknown as PluginArgs
}

/** What declared defaults cannot say. */
const DEFAULTING: { readonly [N in PluginWithArgs]?: (args: PluginArgs[N]) => PluginArgs[N] } = {
  NodeResourcesBalancedAllocation: (args) => ({ ...args, resources: weighted(args.resources) }),
  NodeResourcesFit({ scoringStrategy = { type: 'LeastAllocated' }, ...args }) {
    const resources = weighted(scoringStrategy.resources)
    return { ...args, scoringStrategy: { ...scoringStrategy, resources } }
  },
}

function weighted(resources: Resources = []): NonNullable<Resources> {
  if (resources.length === 0) return DEFAULT_RESOURCES
  return resources.map(({ name, weight }) => ({ name, weight: weight || 1 }))
}
