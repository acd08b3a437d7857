import type { MetricSet } from '../../base/metrics.ts'

/** Upstream compares rules that are declared with those that are written by hand. Here each rule is there once. */
export function validationMetrics(set: MetricSet): void {
  const counter = (name: string, help: string) =>
    set.counter({ name: `apiserver_validation_declarative_validation_${name}`, help }).with()
  counter(
    'mismatch_total',
    '[BETA] Number of times declarative validation results differed from handwritten validation results for core types.',
  )
  counter(
    'panic_total',
    '[BETA] Number of times declarative validation has panicked during validation.',
  )
}
