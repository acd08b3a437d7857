/** The kinds of this group and version. */
export { PodDisruptionBudget } from './pod-disruption-budget.ts'
