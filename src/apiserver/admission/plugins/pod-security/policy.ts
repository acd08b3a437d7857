import { atKey, type FieldError, invalid } from '../../../../schema/field-error.ts'
import { formatLevel, LEVELS, type Level, type LevelAndVersion } from './standards.ts'

const PREFIX = 'pod-security.kubernetes.io/'

export const MODES = ['enforce', 'audit', 'warn'] as const

type Mode = (typeof MODES)[number]

export type Policy = Readonly<Record<Mode, LevelAndVersion>>

type Labels = Readonly<Record<string, string>>

const PRIVILEGED: LevelAndVersion = { level: 'privileged', version: 'latest' }

/** What holds in namespaces that say nothing, where the configuration says nothing either. */
export const NO_POLICY: Policy = { enforce: PRIVILEGED, audit: PRIVILEGED, warn: PRIVILEGED }

/** What a namespace's labels ask for, and the defaults where they say nothing. Nonsense enforces the most. */
export function policyOf(labels: Labels = {}, defaults: Policy = NO_POLICY): Policy {
  const enforce = standardOf(labels, 'enforce', 'restricted', defaults)
  const audit = standardOf(labels, 'audit', 'privileged', defaults)
  const warn = standardOf(labels, 'warn', 'privileged', defaults)
  const says = (label: string): boolean => labels[PREFIX + label] !== undefined
  // What is enforced is warned of too, where makers of Pods would not hear of it.
  if (says('warn') || !says('enforce') || !isStricter(enforce.level, warn.level))
    return { enforce, audit, warn }
  const version = says('warn-version') ? warn.version : enforce.version
  return { enforce, audit, warn: { level: enforce.level, version } }
}

function standardOf(
  labels: Labels,
  mode: Mode,
  nonsense: Level,
  defaults: Policy,
): LevelAndVersion {
  const level = labels[PREFIX + mode]
  const version = labels[`${PREFIX}${mode}-version`]
  return {
    level:
      level === undefined
        ? defaults[mode].level
        : (LEVELS.find((each) => each === level) ?? nonsense),
    version:
      version === undefined ? defaults[mode].version : VERSION.test(version) ? version : 'latest',
  }
}

const VERSION = /^(?:latest|v1\.(?:0|[1-9]\d*))$/

/** What is wrong with the labels of a namespace. */
export function labelErrors(labels: Labels = {}): readonly FieldError[] {
  return MODES.flatMap((mode) => {
    const [levelKey, versionKey] = [PREFIX + mode, `${PREFIX}${mode}-version`]
    const [level, version] = [labels[levelKey], labels[versionKey]]
    return [
      ...(level === undefined ? [] : levelErrors(fieldOf(levelKey), level)),
      ...(version === undefined ? [] : versionErrors(fieldOf(versionKey), version)),
    ]
  })
}

export function levelErrors(path: string, level: string): readonly FieldError[] {
  if (LEVELS.some((each) => each === level)) return []
  return [invalid(path, level, `must be one of ${LEVELS.join(', ')}`)]
}

export function versionErrors(path: string, version: string): readonly FieldError[] {
  return VERSION.test(version) ? [] : [invalid(path, version, 'must be "latest" or "v1.x"')]
}

function fieldOf(key: string): string {
  return atKey('metadata.labels', key)
}

/** Whether a policy asks for nothing. */
export function isPrivileged(policy: Policy): boolean {
  return MODES.every((mode) => policy[mode].level === 'privileged')
}

/** All of a policy that labels ask for: `enforce=baseline:latest, warn=restricted:v1.30`. */
export function formatPolicy(policy: Policy, labels: Labels): string {
  const isSaid = (mode: Mode): boolean =>
    labels[PREFIX + mode] !== undefined || labels[`${PREFIX}${mode}-version`] !== undefined
  return MODES.filter((mode) => policy[mode].level !== 'privileged' && isSaid(mode))
    .map((mode) => `${mode}=${formatLevel(policy[mode])}`)
    .join(', ')
}

/** Whether the first standard asks for more than the second. */
export function isStricter(a: Level, b: Level): boolean {
  return LEVELS.indexOf(a) > LEVELS.indexOf(b)
}
