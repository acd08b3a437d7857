import type { AdmissionPlugin } from '../admission/plugin.ts'
import type { Authorizer } from '../authorization/authorizer.ts'
import type { RegistryEnvironment } from '../registry/environment.ts'
import type { ManagedTypes } from './field-manager.ts'
import type { Registry } from '../registry/registry.ts'

/** What the end of the pipeline works with. */
export interface PipelineEnvironment extends RegistryEnvironment {
  readonly registry: Registry
  readonly admissionPlugins: readonly AdmissionPlugin[]
  readonly authorizers: readonly Authorizer[]
  readonly managedTypeOf: ManagedTypes
}
