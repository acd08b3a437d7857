import { configMapKeyProblems } from '../../../apimachinery/value-rules.ts'
import { invalid, required, type FieldError } from '../../../schema/field-error.ts'
import type { Strategy } from '../../strategy.ts'
import { immutable, NONE, requiredText } from '../../validation/rules.ts'
import { isOlder, parseSemanticVersion } from '../../validation/semantic-version.ts'
import {
  OLDEST_EMULATION_VERSION,
  validateElectionStrategy,
} from '../v1/lease-election-strategy.ts'
import type { LeaseCandidate, LeaseCandidateSpec } from './lease-candidate.ts'

/** The rules of LeaseCandidates (pkg/registry/coordination/leasecandidate/strategy.go). */
export const leaseCandidateStrategy: Strategy<LeaseCandidate> = {
  validateName: configMapKeyProblems,
  validateCreate: ({ spec }) => validateSpec(spec, 'spec'),
  validateUpdate: ({ spec }, old) => [
    ...validateSpec(spec, 'spec'),
    ...immutable(spec.leaseName, old.spec.leaseName, 'spec.leaseName'),
  ],
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
}

function validateSpec(spec: LeaseCandidateSpec, path: string): FieldError[] {
  return [
    ...requiredText(spec.leaseName, `${path}.leaseName`),
    ...validateVersions(spec, path),
    ...validateStrategy(spec, path),
  ]
}

function validateVersions(
  { binaryVersion, emulationVersion = '' }: LeaseCandidateSpec,
  path: string,
): FieldError[] {
  const text = 'must be a valid semantic version'
  const at = `${path}.binaryVersion`
  const [binary, emulated] = [
    parseSemanticVersion(binaryVersion),
    parseSemanticVersion(emulationVersion),
  ]
  return [
    ...(emulationVersion && !emulated
      ? [invalid(`${path}.emulationVersion`, emulationVersion, text)]
      : NONE),
    ...requiredText(binaryVersion, at),
    ...(binaryVersion && !binary ? [invalid(at, binaryVersion, text)] : NONE),
    ...(binary && emulated && isOlder(binary, emulated)
      ? [invalid(at, binaryVersion, 'must be greater than or equal to `emulationVersion`')]
      : NONE),
  ]
}

function validateStrategy(
  { strategy, emulationVersion }: LeaseCandidateSpec,
  path: string,
): FieldError[] {
  const at = `${path}.strategy`
  if (!strategy) return [required(at)]
  const text = "must be specified when `strategy` is 'OldestEmulationVersion'"
  return [
    ...(strategy === OLDEST_EMULATION_VERSION && !parseSemanticVersion(emulationVersion ?? '')
      ? [required(`${path}.emulationVersion`, text)]
      : NONE),
    ...validateElectionStrategy(strategy, at),
  ]
}
