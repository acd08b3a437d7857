import type { Plugin } from './plugin.ts'

/** The extension points of the scheduling framework, and what a plugin has that works at each. */
export const EXTENSION_POINTS = {
  preEnqueue: ['preEnqueue'],
  queueSort: ['compare'],
  preFilter: ['preFilter'],
  filter: ['filter'],
  postFilter: ['postFilter'],
  preScore: ['preScore'],
  score: ['score'],
  reserve: ['reserve', 'unreserve'],
  permit: ['permit'],
  preBind: ['preBind'],
  bind: ['bind'],
  postBind: ['postBind'],
} as const satisfies Readonly<Record<string, readonly (keyof Plugin)[]>>

export type ExtensionPoint = keyof typeof EXTENSION_POINTS

/** A plugin by its name; its scores count `weight` times, once where that is absent or 0. */
export interface NamedPlugin {
  readonly name: string
  readonly weight?: number
}

/** What is said of one extension point. */
export interface PointSelection {
  readonly enabled: readonly NamedPlugin[]
  /** Plugins that do not work here although they do elsewhere; `*` is all of them. */
  readonly disabled: ReadonlySet<string>
}

/** Which plugins work where: some at all points that they have, some at single points. */
export interface PluginSelection {
  readonly multiPoint: readonly NamedPlugin[]
  readonly points: Readonly<Partial<Record<ExtensionPoint, PointSelection>>>
}

/** A plugin that cannot work where it is to. Worded as upstream does. */
export class PluginSelectionError extends Error {
  override readonly name = 'PluginSelectionError'
}

/** All plugins that are named, each once. */
export function selectedNames({ multiPoint, points }: PluginSelection): ReadonlySet<string> {
  const single = Object.values(points).flatMap(({ enabled }) => enabled)
  return new Set([...multiPoint, ...single].map(({ name }) => name))
}

/**
 * The plugins that work at a point, in order: first those that the point names itself although they work everywhere,
 * then the others that do, then the rest of those that the point names. Throws `PluginSelectionError`.
 */
export function pluginsAt(
  point: ExtensionPoint,
  { multiPoint, points }: PluginSelection,
  plugins: ReadonlyMap<string, Plugin>,
): readonly NamedPlugin[] {
  const { enabled = [], disabled = NONE } = points[point] ?? {}
  for (const { name } of enabled) {
    if (!extendsPoint(plugins.get(name)!, point))
      throw new PluginSelectionError(`plugin "${name}" does not extend ${goName(point)} plugin`)
  }
  const everywhere = disabled.has('*')
    ? []
    : multiPoint.filter(
        ({ name }) => !disabled.has(name) && extendsPoint(plugins.get(name)!, point),
      )
  const names = new Set(everywhere.map(({ name }) => name))
  const own = new Set(enabled.map(({ name }) => name))
  return [
    ...enabled.filter(({ name }) => names.has(name)),
    ...everywhere.filter(({ name }) => !own.has(name)),
    ...enabled.filter(({ name }) => !names.has(name)),
  ]
}

const NONE: ReadonlySet<string> = new Set()

function extendsPoint(plugin: Plugin, point: ExtensionPoint): boolean {
  return EXTENSION_POINTS[point].some((key) => plugin[key] !== undefined)
}

/** `PreFilter`, as upstream names it in errors and metrics. */
function goName(point: ExtensionPoint): string {
  return point.charAt(0).toUpperCase() + point.slice(1)
}

/** How often a plugin's scores count: as the point says, or else as for all points. */
export function weightOf(name: string, { multiPoint, points }: PluginSelection): number {
  const named = [...(points.score?.enabled ?? []), ...multiPoint].find((each) => each.name === name)
  return named?.weight || 1
}
