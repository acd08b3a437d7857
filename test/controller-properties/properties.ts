import { evictions } from './evictions.ts'
import { jobs } from './jobs.ts'
import { quotas } from './quotas.ts'
import type { Property } from './run.ts'

export const PROPERTIES: readonly Property[] = [evictions, jobs, quotas]
