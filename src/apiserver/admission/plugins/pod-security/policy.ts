import type { FieldError } from '../../../../schema/field-error.ts'
import { invalid } from '../../../../schema/field-error.ts'
import { LEVELS, type Level } from './standards.ts'

const PREFIX = 'pod-security.kubernetes.io/'

export type Mode = 'enforce' | 'audit' | 'warn'

export interface LevelAndVersion {
  readonly level: Level
  /** `latest`, or `v1.N`. */
  readonly version: string
}

export type Policy = Readonly<Record<Mode, LevelAndVersion>>

type Labels = Readonly<Record<string, string>>

/** What a namespace's labels ask for; nothing where they say nothing, and the most where they say nonsense. */
export function policyOf(labels: Labels = {}): Policy {
  return {
    enforce: levelOf(labels, 'enforce'),
    audit: levelOf(labels, 'audit'),
    warn: levelOf(labels, 'warn'),
  }
}

function levelOf(labels: Labels, mode: Mode): LevelAndVersion {
  const level = labels[PREFIX + mode]
  const version = labels[`${PREFIX}${mode}-version`] ?? 'latest'
  const known = LEVELS.find((each) => each === level)
  return {
    level: level === undefined ? 'privileged' : (known ?? 'restricted'),
    version: VERSION.test(version) ? version : 'latest',
  }
}

const VERSION = /^(?:latest|v1\.(?:0|[1-9]\d*))$/

/** What is wrong with the labels of a namespace. */
export function labelErrors(labels: Labels = {}): readonly FieldError[] {
  return (['enforce', 'audit', 'warn'] as const).flatMap((mode) => {
    const [levelKey, versionKey] = [PREFIX + mode, `${PREFIX}${mode}-version`]
    const level = labels[levelKey]
    const version = labels[versionKey]
    const errors: FieldError[] = []
    if (level !== undefined && !LEVELS.some((each) => each === level)) {
      errors.push(invalid(fieldOf(levelKey), level, `must be one of ${LEVELS.join(', ')}`))
    }
    if (version !== undefined && !VERSION.test(version)) {
      errors.push(invalid(fieldOf(versionKey), version, 'must be "latest" or "v1.x"'))
    }
    return errors
  })
}

function fieldOf(key: string): string {
  return `metadata.labels[${key}]`
}

/** As messages name it: `restricted:latest`. */
export function formatLevel({ level, version }: LevelAndVersion): string {
  return `${level}:${version}`
}
