import {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from '../../api/admissionregistration/v1/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { managedTypes, type ManagedTypes } from '../pipeline/field-manager.ts'
import type { WebhookUsers } from '../webhook-client/webhook-caller.ts'
import type { AdmissionEnvironment } from './environment.ts'
import { versions } from './matching/versions.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { mutatingPolicies } from './policy/mutating-policies.ts'
import { validatingPolicies } from './policy/validating-policies.ts'
import { mutatingWebhooks } from './webhook/mutating-webhooks.ts'
import { validatingWebhooks } from './webhook/validating-webhooks.ts'
import { webhookMetrics } from './webhook/webhook-metrics.ts'

/** As whom webhooks are called; as nobody where absent. */
export interface WebhookSettings {
  readonly mutatingWebhookUsers?: WebhookUsers
  readonly validatingWebhookUsers?: WebhookUsers
}

/** The plugins that do as objects in the cluster say: webhooks and policies, in upstream's order. */
export function dynamicPlugins(
  env: AdmissionEnvironment,
  { mutatingWebhookUsers, validatingWebhookUsers }: WebhookSettings = {},
): readonly AdmissionPlugin[] {
  let types: ManagedTypes | undefined
  const managedTypeOf: ManagedTypes = (kind, subresource) =>
    (types ??= managedTypes(env.registry()))(kind, subresource)
  const converted = versions(managedTypeOf)
  const metrics = webhookMetrics(env.metrics, env.clock)
  // Where there can be no configurations, there is nothing to wait for and nothing to ask.
  const where = (types: readonly ResourceClass[], make: () => AdmissionPlugin): AdmissionPlugin[] =>
    types.every((type) => env.served?.includes(type) ?? true) ? [make()] : []
  return [
    ...where([MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding], () =>
      mutatingPolicies({ env, versions: converted, managedTypeOf }),
    ),
    ...where([MutatingWebhookConfiguration], () =>
      mutatingWebhooks({ ...env, webhookUsers: mutatingWebhookUsers }, converted, metrics),
    ),
    ...where([ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding], () =>
      validatingPolicies(env, converted),
    ),
    ...where([ValidatingWebhookConfiguration], () =>
      validatingWebhooks({ ...env, webhookUsers: validatingWebhookUsers }, converted, metrics),
    ),
  ]
}
