/** The kinds of this group and version. */
export { MutatingAdmissionPolicyBinding } from './mutating-admission-policy-binding.ts'
export { MutatingAdmissionPolicy } from './mutating-admission-policy.ts'
export { MutatingWebhookConfiguration } from './mutating-webhook-configuration.ts'
export { ValidatingAdmissionPolicyBinding } from './validating-admission-policy-binding.ts'
export { ValidatingAdmissionPolicy } from './validating-admission-policy.ts'
export { ValidatingWebhookConfiguration } from './validating-webhook-configuration.ts'
