import { MetricSet } from '../../base/metrics.ts'
import type { CountDecisions } from '../authorization/authorizer-chain.ts'
import {
  availabilityMetrics,
  type AvailabilityMetrics,
} from '../aggregator/availability-metrics.ts'
import { flowMetrics } from '../flowcontrol/flow-metrics.ts'
import type { FlowObserver } from '../flowcontrol/flow-observer.ts'
import { requestMetrics, type RequestMetrics } from '../http/request-metrics.ts'
import { accessMetrics, type AccessMetrics } from './access-metrics.ts'
import { celMetrics, type CelMetrics } from './cel-metrics.ts'
import { admissionMetrics, type AdmissionMetrics } from './admission-metrics.ts'
import { auditMetrics, type AuditMetrics } from './audit-metrics.ts'
import { decisionMetrics } from './decision-metrics.ts'
import { featureMetrics, type FeatureMetrics } from './feature-metrics.ts'
import { healthMetrics, type HealthMetrics } from './health-metrics.ts'
import { metricCounts } from './metric-counts.ts'
import { reloadMetrics, type ReloadMetrics } from './reload-metrics.ts'
import { resourceMetrics, type ResourceMetrics } from './resource-metrics.ts'
import { storeMetrics, type StoreMetrics } from './store-metrics.ts'
import { tokenMetrics, type TokenMetrics } from './token-metrics.ts'
import { validationMetrics } from './validation-metrics.ts'

/** Whom the parts of the server tell what they do. */
export interface ServerMetrics {
  /** Other parts add theirs here. */
  readonly set: MetricSet
  readonly requests: RequestMetrics
  readonly flow: FlowObserver
  readonly access: AccessMetrics
  readonly decisions: CountDecisions
  readonly tokens: TokenMetrics
  readonly admission: AdmissionMetrics
  readonly audit: AuditMetrics
  readonly cel: CelMetrics
  readonly reloads: ReloadMetrics
  readonly store: StoreMetrics
  readonly health: HealthMetrics
  readonly resources: ResourceMetrics
  readonly availability: AvailabilityMetrics
  readonly features: FeatureMetrics
}

/** The metrics of an API server, by upstream's names. */
export function serverMetrics(): ServerMetrics {
  const set = new MetricSet()
  metricCounts(set)
  validationMetrics(set)
  return {
    set,
    requests: requestMetrics(set),
    flow: flowMetrics(set),
    access: accessMetrics(set),
    decisions: decisionMetrics(set),
    tokens: tokenMetrics(set),
    admission: admissionMetrics(set),
    audit: auditMetrics(set),
    cel: celMetrics(set),
    reloads: reloadMetrics(set),
    store: storeMetrics(set),
    health: healthMetrics(),
    resources: resourceMetrics(set),
    availability: availabilityMetrics(set),
    features: featureMetrics(set),
  }
}
