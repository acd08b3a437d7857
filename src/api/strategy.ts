import type { GroupVersionKind } from '../apimachinery/gvk.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { FieldError } from '../schema/field-error.ts'
import type { ResourceClass } from '../schema/resource.ts'
import type { FeatureName } from './features.ts'

/** What a strategy may know of the request beside the objects. */
export interface StrategyContext {
  readonly clock: Clock
  readonly random: Random
  readonly user: UserInfo
}

/** Who asks. */
export interface UserInfo {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** What rules that take their time are given. */
export interface RuleMeans {
  /** Lets others have a turn; absent where nobody else is there. */
  readonly pause?: (() => Promise<void>) | undefined
  /** Tells the client something without failing the request. */
  readonly warn: (message: string) => void
}

/**
 * Rules that take their time, asked after all others with what is wrong by those. Answers with all that is wrong. `old`
 * is undefined for a new object.
 */
export type SlowRules<T> = (
  object: T,
  old: T | undefined,
  errors: readonly FieldError[],
  means: RuleMeans,
) => Promise<readonly FieldError[]>

/**
 * How one way of updating an object treats what the client sent. `prepareForUpdate` takes over from the old object all
 * that this way may not change; `validateUpdate` then judges what is left.
 */
export interface UpdateStrategy<T> {
  readonly prepareForUpdate: (object: T, old: T, context: StrategyContext) => T
  readonly validateUpdate: (object: T, old: T) => FieldError[]
  readonly slowRules?: SlowRules<T>
  readonly warnings?: (object: T, old: T) => readonly string[]
  /** What takes over from the old object what this way may only change with a feature, where that is off. */
  readonly without?: Partial<Record<FeatureName, (object: T, old: T) => T>>
}

/**
 * The rules of a kind, as data: what upstream spreads over defaults.go, validation.go and the registry's strategy.go.
 *
 * The registry calls in this order, for a create: `applyDefaults` (after the declared defaults), `prepareForCreate`,
 * object-meta validation with `validateName`, `validateCreate`. For an update: `applyDefaults`, `prepareForUpdate`,
 * object-meta update validation, `validateUpdate`. The validate functions report everything that is wrong, declared rules
 * (closed enums, bounds) included: nobody calls `validateDeclared` beside them.
 *
 * Every function is pure: objects are frozen, and what comes back shares all that did not change.
 */
export interface Strategy<T> {
  /** Fills in what depends on other fields; runs on every decode: create, update, and from storage. Idempotent. */
  readonly applyDefaults?: (object: T) => T
  /** Drops what a client may not set, such as status, and sets the first generation. */
  readonly prepareForCreate?: (object: T, context: StrategyContext) => T
  readonly prepareForUpdate?: (object: T, old: T, context: StrategyContext) => T
  /** Everything but object-meta validation. */
  readonly validateCreate: (object: T) => FieldError[]
  /** Everything but object-meta update validation. */
  readonly validateUpdate: (object: T, old: T) => FieldError[]
  readonly slowRules?: SlowRules<T>
  /** What is wrong with a name; a DNS-1123 subdomain where absent. */
  readonly validateName?: (name: string) => readonly string[]
  /** Finalizers without a domain must be those that Kubernetes knows. Default: yes. */
  readonly standardFinalizersOnly?: boolean
  /** Texts for the Warning header, for a create (no `old`) or an update. */
  readonly warnings?: (object: T, old?: T) => readonly string[]
  /** Brings the object into its final form after validation. */
  readonly canonicalize?: (object: T) => T
  readonly status?: UpdateStrategy<T>
  /** Other subresources that update the object, such as `ephemeralcontainers` of pods, by name. */
  readonly subresources?: Readonly<Record<string, UpdateStrategy<T>>>
  /** How long a deletion waits; undefined deletes at once. */
  readonly gracefulDeletion?: (
    object: T,
    requestedSeconds: number | undefined,
  ) => { readonly gracePeriodSeconds: number } | undefined
  /** PUT on a name that does not exist creates it. Default: no. */
  readonly allowCreateOnUpdate?: boolean
  /** An update without resourceVersion overwrites whatever is there. Default: yes. */
  readonly allowUnconditionalUpdate?: boolean
  /** Field selectors beyond metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>
  /** Whether a selector may name metadata.namespace, too. Default: of what lies in a namespace. */
  readonly namespaceField?: boolean
  /** What is said of another field, in the version that is asked for, where a kind has words of its own. */
  readonly unknownField?: (field: string, version: GroupVersionKind) => string
  /** In a version that is not the stored one: what selectors call these fields, and how the stored one calls them. */
  readonly fieldLabels?: Readonly<Record<string, string>>
  /** What becomes of dependents where a delete does not say. Default: background. */
  readonly defaultGarbageCollectionPolicy?: 'background' | 'orphan'
}

// The compiler cannot tie each class to its own strategy in one map, so the functions below do.
type AnyStrategy = Strategy<never>

/** The strategies of many kinds, looked up by class. */
export interface Strategies {
  get<T>(type: ResourceClass<T>): Strategy<T> | undefined
  /** The rules of the same kind in another version, and that version's class. */
  sibling(type: ResourceClass): readonly [ResourceClass<never>, Strategy<never>] | undefined
  readonly size: number
}

/** Ties a class to its strategy. */
export function strategyOf<T>(
  type: ResourceClass<T>,
  strategy: Strategy<T>,
): readonly [ResourceClass, AnyStrategy] {
  return [type, strategy as unknown as AnyStrategy]
}

/** Collects what `strategyOf` tied. */
export function strategies(
  entries: readonly (readonly [ResourceClass, AnyStrategy])[],
): Strategies {
  const byClass = new Map<unknown, AnyStrategy>(entries)
  const byKind = new Map(entries.map((entry) => [kindOf(entry[0]), entry]))
  return {
    get: (type) => byClass.get(type) as never,
    sibling: (type) => byKind.get(kindOf(type)) as never,
    size: byClass.size,
  }
}

function kindOf({ resource: { group, kind } }: ResourceClass): string {
  return `${kind}.${group}`
}
