/** The kinds of this group and version. */
export { MutatingAdmissionPolicyBinding } from './mutating-admission-policy-binding.ts'
export { MutatingAdmissionPolicy } from './mutating-admission-policy.ts'
