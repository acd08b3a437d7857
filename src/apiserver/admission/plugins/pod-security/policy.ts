import { atKey, type FieldError, invalid } from '../../../../schema/field-error.ts'
import { LEVELS, type Level, type LevelAndVersion } from './standards.ts'

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
  return {
    enforce: standardOf(labels, 'enforce', 'restricted', defaults),
    audit: standardOf(labels, 'audit', 'privileged', defaults),
    warn: standardOf(labels, 'warn', 'privileged', defaults),
  }
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

/** As messages name it: `restricted:latest`. */
export function formatLevel({ level, version }: LevelAndVersion): string {
  return `${level}:${version}`
}

/** All of a policy that asks for something: `enforce=baseline:latest, warn=restricted:v1.30`. */
export function formatPolicy(policy: Policy): string {
  return MODES.filter((mode) => policy[mode].level !== 'privileged')
    .map((mode) => `${mode}=${formatLevel(policy[mode])}`)
    .join(', ')
}

/** Whether the first standard asks for more than the second. */
export function isStricter(a: Level, b: Level): boolean {
  return LEVELS.indexOf(a) > LEVELS.indexOf(b)
}
