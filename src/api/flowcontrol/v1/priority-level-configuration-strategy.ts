import {
  forbidden,
  invalid,
  required,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { changeField, withField, withFields } from '../../change.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { ifSet, NONE } from '../../validation/rules.ts'
import { validateConditionTypes } from './condition-type-validation.ts'
import { MANDATORY_PRIORITY_LEVELS } from './mandatory.ts'
import {
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  type LimitedPriorityLevelConfiguration,
  type LimitResponse,
  type QueuingConfiguration,
} from './priority-level-configuration.ts'

const QUEUES_MAX = 10_000_000
/** A hash of a flow has this many bits to deal it a hand of queues with. */
const ENTROPY_BITS_MAX = 60

/** The rules of PriorityLevelConfigurations (pkg/registry/flowcontrol/prioritylevelconfiguration/strategy.go). */
export const priorityLevelConfigurationStrategy: Strategy<PriorityLevelConfiguration> = {
  applyDefaults: (level) => changeField(level, 'spec', defaultSpec),
  ...preparation(PriorityLevelConfiguration),
  validateCreate: validateLevel,
  validateUpdate: validateLevel,
  status: statusStrategy(({ status }) => validateConditionTypes(status.conditions)),
  allowUnconditionalUpdate: false,
}

function defaultSpec(spec: PriorityLevelConfigurationSpec): PriorityLevelConfigurationSpec {
  const limited = changeField(spec, 'limited', (settings) =>
    withFields(settings, {
      nominalConcurrencyShares: settings.nominalConcurrencyShares ?? 30,
      lendablePercent: settings.lendablePercent ?? 0,
      limitResponse: changeField(settings.limitResponse, 'queuing', defaultQueuing),
    }),
  )
  return changeField(limited, 'exempt', (settings) =>
    withFields(settings, {
      nominalConcurrencyShares: settings.nominalConcurrencyShares ?? 0,
      lendablePercent: settings.lendablePercent ?? 0,
    }),
  )
}

function defaultQueuing(queuing: QueuingConfiguration): QueuingConfiguration {
  return withFields(queuing, {
    queues: queuing.queues || 64,
    handSize: queuing.handSize || 8,
    queueLengthLimit: queuing.queueLengthLimit || 50,
  })
}

function validateLevel(level: PriorityLevelConfiguration): FieldError[] {
  const { metadata, spec, status } = level
  return [
    ...validateSpec(spec, metadata.name, 'spec'),
    ...validateFixed(spec, metadata.name),
    ...validateConditionTypes(status.conditions),
  ]
}

function validateFixed(spec: PriorityLevelConfigurationSpec, name: string): FieldError[] {
  const fixed = Object.hasOwn(MANDATORY_PRIORITY_LEVELS, name) && MANDATORY_PRIORITY_LEVELS[name]
  if (!fixed) return NONE
  const isExempt = name === 'exempt'
  const expected = isExempt ? withField(fixed, 'exempt', spec.exempt) : fixed
  const part = isExempt ? " except the 'spec.exempt' field" : ''
  return semanticEqual(PriorityLevelConfigurationSpec, spec, expected)
    ? NONE
    : [invalid('spec', spec, `spec of '${name}'${part} must equal the fixed value`)]
}

function validateSpec(
  { type, limited, exempt }: PriorityLevelConfigurationSpec,
  name: string,
  path: string,
): FieldError[] {
  const isMixedUp = (name === 'exempt') !== (type === 'Exempt')
  const text = "type must be 'Exempt' if and only if name is 'exempt'"
  const mixedUp = isMixedUp ? [invalid(`${path}.type`, type, text)] : NONE
  if (type === 'Exempt') {
    return [
      ...mixedUp,
      ...(limited
        ? [forbidden(`${path}.limited`, 'must be nil if the type is not Limited')]
        : NONE),
      ...ifSet(exempt, (settings) => validateShares(settings, `${path}.exempt`)),
    ]
  }
  if (type !== 'Limited')
    return [...mixedUp, unsupported(`${path}.type`, type, ['Exempt', 'Limited'])]
  return [
    ...mixedUp,
    ...(exempt ? [forbidden(`${path}.exempt`, 'must be nil if the type is Limited')] : NONE),
    ...(limited
      ? validateLimited(limited, `${path}.limited`)
      : [required(`${path}.limited`, 'must not be empty when type is Limited')]),
  ]
}

function validateLimited(settings: LimitedPriorityLevelConfiguration, path: string): FieldError[] {
  const { borrowingLimitPercent: limit, limitResponse } = settings
  return [
    ...validateShares(settings, path),
    ...validateResponse(limitResponse, `${path}.limitResponse`),
    ...(limit !== undefined && limit < 0
      ? [
          invalid(
            `${path}.borrowingLimitPercent`,
            limit,
            'if specified, must be a non-negative integer',
          ),
        ]
      : NONE),
  ]
}

interface Shares {
  readonly nominalConcurrencyShares?: number
  readonly lendablePercent?: number
}

function validateShares(
  { nominalConcurrencyShares: shares = 0, lendablePercent: percent = 0 }: Shares,
  path: string,
): FieldError[] {
  return [
    ...(shares < 0
      ? [invalid(`${path}.nominalConcurrencyShares`, shares, 'must be a non-negative integer')]
      : NONE),
    ...(percent < 0 || percent > 100
      ? [invalid(`${path}.lendablePercent`, percent, 'must be between 0 and 100, inclusive')]
      : NONE),
  ]
}

function validateResponse({ type, queuing }: LimitResponse, path: string): FieldError[] {
  const at = `${path}.queuing`
  if (type === 'Reject') {
    const text = 'must be nil if limited.limitResponse.type is not Limited'
    return queuing ? [forbidden(at, text)] : NONE
  }
  if (type !== 'Queue') return [unsupported(`${path}.type`, type, ['Queue', 'Reject'])]
  return queuing
    ? validateQueuing(queuing, at)
    : [required(at, 'must not be empty if limited.limitResponse.type is Limited')]
}

function validateQueuing(
  { queues, handSize, queueLengthLimit }: QueuingConfiguration,
  path: string,
): FieldError[] {
  const handProblem = problemOfHand(queues, handSize)
  return [
    ...(queueLengthLimit <= 0
      ? [invalid(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive')]
      : NONE),
    ...(queues <= 0 ? [invalid(`${path}.queues`, queues, 'must be positive')] : NONE),
    ...(queues > QUEUES_MAX
      ? [invalid(`${path}.queues`, queues, `must not be greater than ${QUEUES_MAX}`)]
      : NONE),
    ...(handProblem === undefined ? NONE : [invalid(`${path}.handSize`, handSize, handProblem)]),
  ]
}

function problemOfHand(queues: number, handSize: number): string | undefined {
  if (handSize <= 0) return 'must be positive'
  if (handSize > queues) return `should not be greater than queues (${queues})`
  const bits = Math.ceil(Math.log2(queues) * handSize)
  return bits > ENTROPY_BITS_MAX
    ? `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${ENTROPY_BITS_MAX}`
    : undefined
}
