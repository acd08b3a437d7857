import { evictions } from './evictions.ts'
import { jobs } from './jobs.ts'
import { quotas } from './quotas.ts'
import { rollouts } from './rollouts.ts'
import type { Property } from './run.ts'
import { statefulSets } from './statefulsets.ts'

export const PROPERTIES: readonly Property[] = [evictions, jobs, quotas, rollouts, statefulSets]
