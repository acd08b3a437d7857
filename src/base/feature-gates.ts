/** How far a feature has come, as Kubernetes names it. Empty once it is generally available. */
export type FeatureStage = 'ALPHA' | 'BETA' | '' | 'DEPRECATED'

export interface FeatureSpec {
  readonly stage: FeatureStage
  readonly default: boolean
  /** It can no longer be changed. */
  readonly locked?: boolean
}

/** The features that there are, by name. */
export type FeatureTable<N extends string = string> = Readonly<Record<N, FeatureSpec>>

/** Which features are wanted, or not, by name. `AllAlpha` and `AllBeta` stand for all that are not named. */
export type FeatureChoice = Readonly<Record<string, boolean>>

/** A feature and whether it is on. */
export interface FeatureState {
  readonly name: string
  readonly stage: FeatureStage
  readonly enabled: boolean
}

/** Says which features are on. It never changes. */
export interface FeatureGates<N extends string = string> {
  enabled(name: N): boolean
  /** Every feature, by name, the two that stand for many included. */
  readonly all: readonly FeatureState[]
}

/** A choice of features that makes no sense. Worded as k8s.io/component-base/featuregate does. */
export class FeatureGateError extends Error {
  override readonly name = 'FeatureGateError'
}

const GROUPS: FeatureTable<'AllAlpha' | 'AllBeta'> = {
  AllAlpha: { stage: 'ALPHA', default: false },
  AllBeta: { stage: 'BETA', default: false },
}

/** What each feature needs of others. */
export type FeatureDependencies<N extends string> = Readonly<Partial<Record<N, readonly N[]>>>

/** The gates of a table, as chosen. Throws `FeatureGateError` with all that is wrong. */
export function featureGates<N extends string>(
  table: FeatureTable<N>,
  choice: FeatureChoice = {},
  dependencies?: FeatureDependencies<NoInfer<N>>,
): FeatureGates<N> {
  const known: FeatureTable = { ...table, ...GROUPS }
  refuse(Object.entries(choice).flatMap(([name, on]) => problemsOf(known, name, on)))
  const states = new Map<string, FeatureState>()
  for (const name of Object.keys(known).toSorted()) {
    const enabled = choice[name] ?? valueOf(known[name]!, choice)
    states.set(name, { name, stage: known[name]!.stage, enabled })
  }
  const isOn = (name: string): boolean => states.get(name)?.enabled ?? false
  refuse(unmet(dependencies ?? {}, isOn))
  return { enabled: isOn, all: [...states.values()] }
}

// Only what is not locked is meant by "all".
function valueOf({ stage, default: value, locked }: FeatureSpec, choice: FeatureChoice): boolean {
  if (locked) return value
  if (stage === 'ALPHA') return choice['AllAlpha'] ?? value
  return stage === 'BETA' ? (choice['AllBeta'] ?? value) : value
}

function problemsOf(known: FeatureTable, name: string, on: boolean): string[] {
  if (!Object.hasOwn(known, name)) return [`unrecognized feature gate: ${name}`]
  const spec = known[name]!
  if (!spec.locked || spec.default === on) return []
  return [`cannot set feature gate ${name} to ${on}, feature is locked to ${spec.default}`]
}

function unmet(
  dependencies: Readonly<Partial<Record<string, readonly string[]>>>,
  isOn: (name: string) => boolean,
): string[] {
  return Object.entries(dependencies).flatMap(([name, needed = []]) => {
    const off = isOn(name) ? needed.filter((each) => !isOn(each)) : []
    if (off.length === 0) return []
    return [`${name} is enabled, but depends on features that are disabled: [${off.join(' ')}]`]
  })
}

function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return
  const [only] = problems
  throw new FeatureGateError(problems.length === 1 ? only : `[${problems.join(', ')}]`)
}

const TRUE = /^(?:1|t|T|TRUE|true|True)$/
const FALSE = /^(?:0|f|F|FALSE|false|False)$/

/** Reads `a=true,b=false`, as the flag --feature-gates takes it. Throws `FeatureGateError`. */
export function parseFeatureGates(text: string): FeatureChoice {
  const choice: Record<string, boolean> = {}
  for (const part of text.split(',')) {
    if (part === '') continue
    const at = part.indexOf('=')
    const name = (at < 0 ? part : part.slice(0, at)).trim()
    if (at < 0) throw new FeatureGateError(`missing bool value for ${name}`)
    const value = part.slice(at + 1).trim()
    if (!TRUE.test(value) && !FALSE.test(value)) {
      const problem = `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`
      throw new FeatureGateError(`invalid value of ${name}=${value}, err: ${problem}`)
    }
    choice[name] = TRUE.test(value)
  }
  return choice
}
