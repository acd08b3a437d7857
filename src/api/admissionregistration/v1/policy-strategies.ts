import {
  dns1035LabelProblems,
  dns1123SubdomainProblems,
  pathSegmentProblems,
} from '../../../apimachinery/names.ts'
import { validateLabelSelector } from '../../../apimachinery/label-validation.ts'
import {
  duplicate,
  forbidden,
  invalid,
  required,
  type FieldError,
} from '../../../schema/field-error.ts'
import { changeField, withFields } from '../../change.ts'
import { validateConditions } from '../../meta/v1/condition-validation.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import {
  eachAt,
  ifSet,
  NONE,
  oneOf,
  optionalName,
  qualifiedName,
  requiredName,
  requiredOneOf,
} from '../../validation/rules.ts'
import type { ParamKind, ParamRef, Variable } from './common.ts'
import {
  MutatingAdmissionPolicyBinding,
  type MutatingAdmissionPolicyBindingSpec,
} from './mutating-admission-policy-binding.ts'
import {
  MutatingAdmissionPolicy,
  type MutatingAdmissionPolicySpec,
  type Mutation,
} from './mutating-admission-policy.ts'
import {
  defaultMatch,
  REINVOCATION_POLICIES,
  validateFailurePolicy,
  validateMatch,
  validateMatchConditions,
} from './rule-validation.ts'
import { ValidatingAdmissionPolicyBinding } from './validating-admission-policy-binding.ts'
import {
  ValidatingAdmissionPolicy,
  type AuditAnnotation,
  type ValidatingAdmissionPolicySpec,
  type ValidatingAdmissionPolicyStatus,
  type Validation,
} from './validating-admission-policy.ts'

/** The rules of admission policies. Whether their expressions compile is looked at where CEL is at hand. */

const ANNOTATIONS_MAX = 20
const ANNOTATION_EXPRESSION_MAX = 5 * 1024
const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge']
const ACTIONS = ['Audit', 'Deny', 'Warn']

type PolicySpec = ValidatingAdmissionPolicySpec | MutatingAdmissionPolicySpec

function defaultPolicySpec<S extends PolicySpec>(spec: S): S {
  return withFields<PolicySpec>(spec, {
    failurePolicy: spec.failurePolicy ?? 'Fail',
    matchConstraints: spec.matchConstraints && defaultMatch(spec.matchConstraints),
  }) as S
}

/** The rules of ValidatingAdmissionPolicies. */
export const validatingAdmissionPolicyStrategy: Strategy<ValidatingAdmissionPolicy> = {
  applyDefaults: (policy) => changeField(policy, 'spec', defaultPolicySpec),
  ...preparation(ValidatingAdmissionPolicy),
  validateCreate: validateValidatingPolicy,
  validateUpdate: validateValidatingPolicy,
  status: statusStrategy(({ status }) => validateStatus(status, 'status')),
  allowUnconditionalUpdate: false,
}

function validateValidatingPolicy({ metadata, spec }: ValidatingAdmissionPolicy): FieldError[] {
  const { validations = [], auditAnnotations = [] } = spec
  const text = 'validations or auditAnnotations must contain at least one item'
  const annotationsPath = 'spec.auditAnnotations'
  const isEmpty = validations.length + auditAnnotations.length === 0
  return [
    ...validatePolicySpec(spec, 'spec'),
    ...(isEmpty ? [required('spec.validations', text), required(annotationsPath, text)] : NONE),
    ...eachAt(validations, 'spec.validations', validateValidation),
    ...(auditAnnotations.length > ANNOTATIONS_MAX
      ? [
          invalid(
            annotationsPath,
            auditAnnotations,
            `must not have more than ${ANNOTATIONS_MAX} auditAnnotations`,
          ),
        ]
      : NONE),
    ...eachAt(auditAnnotations, annotationsPath, (each, at, i) => [
      ...validateAnnotation(each, metadata.name, at),
      ...(auditAnnotations.findIndex(({ key }) => key === each.key) < i
        ? [duplicate(`${at}.key`, each.key)]
        : NONE),
    ]),
  ]
}

function validatePolicySpec(spec: PolicySpec, path: string): FieldError[] {
  const { matchConstraints } = spec
  const at = `${path}.matchConstraints`
  return [
    ...validateFailurePolicy(spec.failurePolicy, `${path}.failurePolicy`),
    ...ifSet(spec.paramKind, (kind) => validateParamKind(kind, `${path}.paramKind`)),
    ...(matchConstraints ? validateMatch(matchConstraints, at) : [required(at)]),
    // Types are known by the resources.
    ...(matchConstraints && !matchConstraints.resourceRules?.length
      ? [required(`${at}.resourceRules`)]
      : NONE),
    ...validateMatchConditions(spec.matchConditions, `${path}.matchConditions`),
    ...eachAt(spec.variables, `${path}.variables`, validateVariable),
  ]
}

function validateParamKind({ apiVersion = '', kind = '' }: ParamKind, path: string): FieldError[] {
  const kindProblems = dns1035LabelProblems(kind.toLowerCase())
  const text = `may have mixed case, but should otherwise match: ${kindProblems.join(',')}`
  return [
    ...validateGroupVersion(apiVersion, `${path}.apiVersion`),
    ...(kind ? NONE : [required(`${path}.kind`)]),
    ...(kind && kindProblems.length > 0 ? [invalid(`${path}.kind`, kind, text)] : NONE),
  ]
}

function validateGroupVersion(apiVersion: string, path: string): FieldError[] {
  if (!apiVersion) return [required(path)]
  const parts = apiVersion.split('/')
  if (parts.length > 2)
    return [invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)]
  const [version = '', group = ''] = parts.toReversed()
  const groupProblems = group ? dns1123SubdomainProblems(group) : []
  const versionProblems = version ? dns1035LabelProblems(version) : []
  return [
    ...(groupProblems.length > 0 ? [invalid(path, group, groupProblems.join(','))] : NONE),
    ...(version ? NONE : [invalid(path, apiVersion, 'version must be specified')]),
    ...(versionProblems.length > 0 ? [invalid(path, version, versionProblems.join(','))] : NONE),
  ]
}

const RESERVED = new Set([
  'true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let',
  'loop', 'package', 'namespace', 'return', 'var', 'void', 'while',
]) // prettier-ignore

function validateVariable({ name, expression }: Variable, path: string): FieldError[] {
  const isIdentifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) && !RESERVED.has(name)
  return [
    ...(name.trim() ? NONE : [required(`${path}.name`, 'name is not specified')]),
    ...(name.trim() && !isIdentifier
      ? [invalid(`${path}.name`, name, 'name is not a valid CEL identifier')]
      : NONE),
    ...requireExpression(expression, `${path}.expression`, 'expression is not specified'),
  ]
}

function requireExpression(text: string | undefined, path: string, detail = ''): FieldError[] {
  return text?.trim() ? NONE : [required(path, detail)]
}

function validateValidation(validation: Validation, path: string): FieldError[] {
  const { expression, message = '', messageExpression = '', reason } = validation
  return [
    ...requireExpression(expression, `${path}.expression`, 'expression is not specified'),
    ...(messageExpression && !messageExpression.trim()
      ? [invalid(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified')]
      : NONE),
    ...(message && !message.trim()
      ? [invalid(`${path}.message`, message, 'message must be non-empty if specified')]
      : NONE),
    ...(/[\n\r]/.test(message.trim())
      ? [invalid(`${path}.message`, message, 'message must not contain line breaks')]
      : NONE),
    ...oneOf(reason, REASONS, `${path}.reason`),
  ]
}

function validateAnnotation(
  { key, valueExpression }: AuditAnnotation,
  policy: string,
  path: string,
): FieldError[] {
  const at = `${path}.valueExpression`
  const text = `must not exceed ${ANNOTATION_EXPRESSION_MAX} bytes in length`
  return [
    ...qualifiedName(`${policy}/${key}`, `${path}.key`),
    ...requireExpression(valueExpression, at, 'valueExpression is not specified'),
    ...(valueExpression.trim().length > ANNOTATION_EXPRESSION_MAX ? [required(at, text)] : NONE),
  ]
}

function validateStatus(status: ValidatingAdmissionPolicyStatus, path: string): FieldError[] {
  const { typeChecking, conditions } = status
  const at = `${path}.typeChecking.expressionWarnings`
  return [
    ...eachAt(typeChecking?.expressionWarnings, at, ({ warning, fieldRef }, warningPath) => [
      ...(warning ? NONE : [required(`${warningPath}.warning`)]),
      ...(fieldRef.trim() ? NONE : [required(`${warningPath}.fieldRef`)]),
    ]),
    ...validateConditions(conditions, `${path}.conditions`),
  ]
}

/** The rules of MutatingAdmissionPolicies (KEP-3962). */
export const mutatingAdmissionPolicyStrategy: Strategy<MutatingAdmissionPolicy> = {
  applyDefaults: (policy) => changeField(policy, 'spec', defaultPolicySpec),
  ...preparation(MutatingAdmissionPolicy),
  validateCreate: validateMutatingPolicy,
  validateUpdate: validateMutatingPolicy,
  allowUnconditionalUpdate: false,
}

function validateMutatingPolicy({ spec }: MutatingAdmissionPolicy): FieldError[] {
  const { mutations = [], reinvocationPolicy } = spec
  return [
    ...validatePolicySpec(spec, 'spec'),
    ...(mutations.length === 0
      ? [required('spec.mutations', 'mutations must contain at least one item')]
      : NONE),
    ...eachAt(mutations, 'spec.mutations', validateMutation),
    ...requiredOneOf(reinvocationPolicy, REINVOCATION_POLICIES, 'spec.reinvocationPolicy'),
  ]
}

const PATCHES = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const

function validateMutation(mutation: Mutation, path: string): FieldError[] {
  const patchType: string = mutation.patchType
  if (!Object.hasOwn(PATCHES, patchType))
    return requiredOneOf(patchType, Object.keys(PATCHES), `${path}.patchType`)
  return Object.entries(PATCHES).flatMap(([type, field]) => {
    const at = `${path}.${field}`
    const patch = mutation[field]
    if (type !== patchType) {
      const text = `must not be set unless patchType is ${type}`
      return patch ? [forbidden(at, text)] : NONE
    }
    return patch ? requireExpression(patch.expression, `${at}.expression`) : [required(at)]
  })
}

/** The rules of ValidatingAdmissionPolicyBindings. */
export const validatingAdmissionPolicyBindingStrategy: Strategy<ValidatingAdmissionPolicyBinding> =
  {
    applyDefaults: (binding) => changeField(binding, 'spec', defaultBindingSpec),
    ...preparation(ValidatingAdmissionPolicyBinding),
    validateCreate: validateValidatingBinding,
    validateUpdate: validateValidatingBinding,
    allowUnconditionalUpdate: false,
  }

/** The rules of MutatingAdmissionPolicyBindings. */
export const mutatingAdmissionPolicyBindingStrategy: Strategy<MutatingAdmissionPolicyBinding> = {
  applyDefaults: (binding) => changeField(binding, 'spec', defaultBindingSpec),
  ...preparation(MutatingAdmissionPolicyBinding),
  validateCreate: ({ spec }) => validateBindingSpec(spec, 'spec'),
  validateUpdate: ({ spec }) => validateBindingSpec(spec, 'spec'),
  allowUnconditionalUpdate: false,
}

type BindingSpec = Pick<
  MutatingAdmissionPolicyBindingSpec,
  'policyName' | 'paramRef' | 'matchResources'
>

function defaultBindingSpec<S extends BindingSpec>(spec: S): S {
  return changeField<S, 'matchResources'>(spec, 'matchResources', defaultMatch)
}

function validateBindingSpec(spec: BindingSpec, path: string): FieldError[] {
  return [
    ...requiredName(spec.policyName, `${path}.policyName`, dns1123SubdomainProblems),
    ...ifSet(spec.paramRef, (reference) => validateParamRef(reference, `${path}.paramRef`)),
    ...validateMatch(spec.matchResources, `${path}.matchResources`),
  ]
}

function validateParamRef(
  { name, selector, parameterNotFoundAction: action }: ParamRef,
  path: string,
): FieldError[] {
  const both = 'name and selector are mutually exclusive'
  return [
    ...optionalName(name, `${path}.name`, pathSegmentProblems),
    ...(name && selector ? [forbidden(`${path}.name`, both)] : NONE),
    ...validateLabelSelector(selector, `${path}.selector`),
    ...(name && selector ? [forbidden(`${path}.selector`, both)] : NONE),
    ...(name || selector ? NONE : [required(path, 'one of name or selector must be specified')]),
    ...requiredOneOf(action, ['Deny', 'Allow'], `${path}.parameterNotFoundAction`),
  ]
}

function validateValidatingBinding({ spec }: ValidatingAdmissionPolicyBinding): FieldError[] {
  // Typed as required, yet only validation sees to that.
  const actions = (spec.validationActions as readonly string[] | undefined) ?? []
  const path = 'spec.validationActions'
  const text =
    'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)'
  return [
    ...validateBindingSpec(spec, 'spec'),
    ...eachAt(actions, path, (action, at, i) => [
      ...oneOf(action, ACTIONS, at),
      ...(actions.indexOf(action) < i ? [duplicate(at, action)] : NONE),
    ]),
    ...(actions.includes('Deny') && actions.includes('Warn')
      ? [invalid(path, actions, text)]
      : NONE),
    ...(actions.length === 0 ? [required(path)] : NONE),
  ]
}
