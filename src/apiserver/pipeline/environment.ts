import type { AdmissionPlugin } from '../admission/plugin.ts'
import type { SubjectRulesReviewStatus } from '../../api/authorization/v1/self-subject-rules-review.ts'
import type { Authenticator, UserInfo } from '../authentication/authenticator.ts'
import type { Authorizer } from '../authorization/authorizer.ts'
import type { RegistryEnvironment } from '../registry/environment.ts'
import type { ObjectAdmission } from '../registry/write-context.ts'
import type { ManagedTypes } from './field-manager.ts'
import type { Registry } from '../registry/registry.ts'

/** Lists what a user may do in a namespace. */
export type RulesOf = (
  user: UserInfo,
  namespace: string,
) => Promise<SubjectRulesReviewStatus> | SubjectRulesReviewStatus

/** What the end of the pipeline works with. */
export interface PipelineEnvironment extends RegistryEnvironment {
  readonly registry: Registry
  readonly admissionPlugins: readonly AdmissionPlugin[]
  readonly authorizers: readonly Authorizer[]
  /** Measures what admission says of a write. */
  readonly measuredAdmission?: ((admission: ObjectAdmission) => ObjectAdmission) | undefined
  readonly managedTypeOf: ManagedTypes
  readonly authenticators: readonly Authenticator[]
  /** What a user may do in a namespace, as far as it can be listed. */
  readonly rulesOf?: RulesOf | undefined
  /** How long watches last at least that do not say, in seconds. */
  readonly watchSecondsMin?: number | undefined
}
