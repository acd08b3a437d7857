import {
  EXTENSION_POINTS,
  type ExtensionPoint,
  type NamedPlugin,
  type PluginSelection,
  type PointSelection,
} from '../framework/plugin-selection.ts'
import type { Plugins, PluginSet } from './scheduler-configuration.ts'

/** Which plugins work where, by the default and by what a profile says besides. */
export function mergedSelection(
  defaults: readonly NamedPlugin[],
  plugins: Plugins = {},
): PluginSelection {
  const points = (Object.keys(EXTENSION_POINTS) as ExtensionPoint[]).flatMap((point) => {
    const set = plugins[point]
    return set ? [[point, pointSelection(set)] as const] : []
  })
  return {
    multiPoint: merged(defaults, pointSelection(plugins.multiPoint ?? {})),
    points: Object.fromEntries(points),
  }
}

function pointSelection({ enabled = [], disabled = [] }: PluginSet): PointSelection {
  return { enabled, disabled: new Set(disabled.map(({ name }) => name)) }
}

/** A default plugin that is enabled again keeps its place, with its new weight; others follow. */
function merged(
  defaults: readonly NamedPlugin[],
  { enabled, disabled }: PointSelection,
): readonly NamedPlugin[] {
  const own = new Map(enabled.map((each) => [each.name, each]))
  const kept = disabled.has('*') ? [] : defaults.filter(({ name }) => !disabled.has(name))
  const names = new Set(kept.map(({ name }) => name))
  return [
    ...kept.map((each) => own.get(each.name) ?? each),
    ...enabled.filter(({ name }) => !names.has(name)),
  ]
}
