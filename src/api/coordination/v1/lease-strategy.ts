import { forbidden, invalid, type FieldError } from '../../../schema/field-error.ts'
import type { Strategy } from '../../strategy.ts'
import { ifSet, NONE, nonNegative } from '../../validation/rules.ts'
import { validateElectionStrategy } from './lease-election-strategy.ts'
import type { Lease } from './lease.ts'

/** The rules of Leases. */
export const leaseStrategy: Strategy<Lease> = {
  validateCreate: validateLease,
  validateUpdate: validateLease,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
}

function validateLease({ spec }: Lease): FieldError[] {
  const { leaseDurationSeconds: duration, strategy } = spec
  return [
    ...(duration !== undefined && duration <= 0
      ? [invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0')]
      : NONE),
    ...nonNegative(spec.leaseTransitions, 'spec.leaseTransitions'),
    ...ifSet(strategy, (name) => validateElectionStrategy(name, 'spec.strategy')),
    ...(spec.preferredHolder && !strategy
      ? [forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined')]
      : NONE),
  ]
}
