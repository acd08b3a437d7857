import { invalid, type FieldError } from '../../../schema/field-error.ts'
import { withFields } from '../../change.ts'
import type { Strategy } from '../../strategy.ts'
import { NONE, nonNegative } from '../../validation/rules.ts'
import type { Lease } from './lease.ts'

/** The rules of Leases. Coordinated leader election, a feature off by default, would use the fields dropped here. */
export const leaseStrategy: Strategy<Lease> = {
  prepareForCreate: (lease) => withoutCoordination(lease),
  prepareForUpdate: (lease, old) =>
    old.spec.strategy === undefined && old.spec.preferredHolder === undefined
      ? withoutCoordination(lease)
      : lease,
  validateCreate: validateLease,
  validateUpdate: validateLease,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
}

function withoutCoordination(lease: Lease): Lease {
  const spec = withFields(lease.spec, { strategy: undefined, preferredHolder: undefined })
  return spec === lease.spec ? lease : { ...lease, spec }
}

function validateLease({ spec }: Lease): FieldError[] {
  const { leaseDurationSeconds: duration } = spec
  return [
    ...(duration !== undefined && duration <= 0
      ? [invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0')]
      : NONE),
    ...nonNegative(spec.leaseTransitions, 'spec.leaseTransitions'),
  ]
}
